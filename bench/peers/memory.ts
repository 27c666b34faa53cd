import type { BenchRow } from '../../lib/util/bench_schema.js';
import { summarize } from '../../lib/util/statistics.js';
import type { PeerModel } from './models.js';
import { InteractivePeer } from './interactive_peer.js';
import type { SideCommand } from './sides.js';
import type { Prepared, Refused, Work } from './work.js';

const BATCH = 8;
const LENGTH = 128;
const RUNS = 3;

/** The most that load and inference take beyond importing the library, in a process of its own. */
async function measure(command: SideCommand): Promise<{ peakBytes: number; samples: number[] } | Refused> {
  if (command.skipped !== undefined) return { refused: command.skipped };
  const peer = await InteractivePeer.open(command.program, command.args);
  if ('skipped' in peer) return { refused: peer.skipped };
  const ask = <Answer>(request: object) => peer.ask<Answer>(JSON.stringify(request));
  try {
    const lengths = new Array<number>(BATCH).fill(LENGTH);
    const work: Work = { kind: 'inference', lengths, batches: [[...lengths.keys()]] };
    const prepared = await ask<Prepared | Refused>({ prepare: work });
    if ('refused' in prepared) return prepared;
    const samples: number[] = [];
    for (let run = 0; run < RUNS; run++) samples.push((await ask<{ ms: number }>({ run: prepared.id })).ms);
    const { bytes } = await ask<{ bytes: number }>({ peak: true });
    return { peakBytes: bytes - peer.report.importedBytes!, samples };
  } finally {
    await peer.close();
  }
}

/** A row of our memory in a dtype, beside a rival's. */
export async function memoryRow(
  model: PeerModel,
  dtype: string,
  ours: SideCommand,
  rival: { name: string; command: SideCommand },
): Promise<BenchRow> {
  const [own, theirs] = [await measure(ours), await measure(rival.command)];
  if ('refused' in own) throw new Error(`memory: gridstride ${dtype} must run, got ${own.refused}`);
  const ofWeights = own.peakBytes / model.weightBytes(dtype);
  const params = { model: model.name, batch: BATCH, lengths: String(LENGTH), dtype, ofWeights };
  const row = { name: 'memory', ...summarize(own.samples), peakMemoryBytes: own.peakBytes, rival: rival.name };
  if ('refused' in theirs) return { ...row, params, skipped: theirs.refused };
  const memoryRatio = own.peakBytes / theirs.peakBytes;
  return { ...row, params: { ...params, rivalPeakMemoryBytes: theirs.peakBytes, memoryRatio } };
}
