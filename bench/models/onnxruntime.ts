// BERT-base forward in f32 beside onnxruntime, on graphs exported from the same weights: raw, and optimised by its own
// tool. node dist/bench/models/onnxruntime.js [--batch 8] [--seq 128] [--threads 2] [--runs 9] [--python python3]
//   [--cache build/bench/bert_base] [--json FILE]. The last line is the result.
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { configure, noGrad } from 'gridstride';
import { interquartileRange, median } from 'simple-statistics';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { packageRoot } from '../../lib/util/package_info.js';
import { summarize } from '../../lib/util/statistics.js';
import { summarize as summaryOf } from '../../test/golden/compare.js';
import { fnv1a, hashU32 } from '../../test/golden/weights.js';
import { InteractivePeer, type SkippedPeer } from '../peers/interactive_peer.js';
import { exportOrtGraphs, openOrtPeer } from '../peers/ort_peer.js';
import { report } from '../report.js';
import { BERT_BASE_FILE, goldenBertBase } from './bert_base.js';

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '8' },
    seq: { type: 'string', default: '128' },
    threads: { type: 'string', default: '2' },
    runs: { type: 'string', default: '9' },
    python: { type: 'string', default: 'python3' },
    cache: { type: 'string', default: path.join(packageRoot(), 'build', 'bench', 'bert_base') },
    json: { type: 'string' },
  },
});
const [batch, seq, threads, runs] = [values.batch, values.seq, values.threads, values.runs].map(Number) as [
  number,
  number,
  number,
  number,
];

/** Our threads spin for a while after a run, too. */
const REST_MS = 60;
/** Of the output's norm. */
const TOLERANCE = 1e-4;

/** The ids that peer_inputs.py makes: (batch, seq). */
function benchIds(vocabSize: number): Int32Array {
  const seed = fnv1a('bench.ids');
  return Int32Array.from({ length: batch * seq }, (_, i) => 1 + ((hashU32(seed, i) >>> 8) % (vocabSize - 1)));
}

function checkOutput(ours: readonly number[], { report: { variant, outputSummary } }: InteractivePeer): void {
  const allowed = TOLERANCE * outputSummary[0]!;
  const worst = Math.max(...ours.map((value, i) => Math.abs(value - outputSummary[i]!)));
  if (!(worst <= allowed))
    throw new Error(`${variant}: outputs must agree within ${allowed}, got a difference of ${worst}`);
}

function rowOf(times: readonly number[], rival: string, theirs: readonly number[] | SkippedPeer): BenchRow {
  const row = { name: 'BERT-base forward', params: { batch, seq, rival }, ...summarize(times), rival };
  if (!Array.isArray(theirs)) return { ...row, skipped: (theirs as SkippedPeer).skipped };
  const ratios = times.map((time, i) => time / (theirs as readonly number[])[i]!);
  const [ratio, ratioIqr] = [median(ratios), interquartileRange(ratios)];
  console.log(
    `${rival}: ${median(theirs as number[]).toFixed(0)} ms, gridstride ${row.medianMs.toFixed(0)} ms, ` +
      `${ratio.toFixed(2)} of its time (spread ${ratioIqr.toFixed(2)}, ${runs} pairs)`,
  );
  return { ...row, ratio, ratioIqr, tokensPerSecond: (batch * seq * 1e3) / row.medianMs };
}

/** Opens the rival's two graphs, each in a process of its own, or says why not. */
async function openPeers(): Promise<Record<string, InteractivePeer | SkippedPeer>> {
  const missing = await exportOrtGraphs({ config: BERT_BASE_FILE, cache: values.cache, python: values.python });
  const peers: Record<string, InteractivePeer | SkippedPeer> = {};
  for (const variant of ['raw', 'optimized'] as const)
    peers[variant] = missing ?? (await openOrtPeer({ cache: values.cache, variant, batch, seq, threads }));
  return peers;
}

async function main(): Promise<void> {
  configure({ threads });
  const peers = await openPeers();
  using model = goldenBertBase();
  const inputs = {
    inputIds: { data: benchIds(model.encoder.spec.vocabSize), shape: [batch, seq] },
    returns: ['lastHiddenState'] as const,
  };
  const forward = async (): Promise<Float32Array> => {
    using outputs = noGrad(() => model.forward(inputs));
    return (await outputs.lastHiddenState.data()) as Float32Array;
  };
  const summary = summaryOf(await forward());
  const open = Object.values(peers).filter((peer) => peer instanceof InteractivePeer);
  for (const peer of open) checkOutput(summary, peer);
  const times: number[] = [];
  const theirs = new Map<InteractivePeer, number[]>(open.map((peer) => [peer, []]));
  for (let run = -2; run < runs; run++) {
    const start = performance.now();
    await forward();
    const time = performance.now() - start;
    await sleep(REST_MS);
    if (run >= 0) times.push(time);
    for (const [peer, samples] of theirs) {
      const ms = await peer.run();
      if (run >= 0) samples.push(ms);
    }
  }
  for (const peer of open) await peer.close();
  const rows = Object.entries(peers).map(([variant, peer]) =>
    rowOf(times, `onnxruntime ${variant}`, peer instanceof InteractivePeer ? theirs.get(peer)! : peer),
  );
  const rivals = open[0] && { onnxruntime: open[0].report.version };
  await report({ bench: 'onnxruntime', rows, threads, ...(rivals && { rivals }), file: values.json });
}

await main();
