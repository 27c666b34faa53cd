// npm run bench -- peers: models beside onnxruntime-node, transformers.js and PyTorch, each in a process of its own, in
// turn, with the same weights, inputs and threads. Flags: npm run bench -- peers --help.
import { configure, devices } from 'gridstride';
import type { PeersOptions } from '../../lib/cli/bench_peers.js';
import type { CliIo } from '../../lib/cli/io.js';
import { throwIfAborted } from '../../lib/util/abort.js';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { sharedFolder } from '../models/bert_base.js';
import { benchResult, keepResult } from '../report.js';
import { hold } from './contest.js';
import { exportGraphs } from './graphs.js';
import { realLengths } from './lengths.js';
import { memoryRow } from './memory.js';
import { type PeerModel, prepareModel, RANDOM_MODELS } from './models.js';
import { contestsOf } from './plan.js';
import { Sides } from './sides.js';
import { tableOf } from './table.js';

/** Every size with random weights, and a real MiniLM where there is one. */
function defaultModels(): readonly string[] {
  const real = sharedFolder('models/all-minilm-l6-v2');
  return real === undefined ? RANDOM_MODELS : [...RANDOM_MODELS, real];
}

async function memoryRows(model: PeerModel, sides: Sides, { dtypes }: PeersOptions): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const dtype of dtypes) {
    const rival = { name: 'onnxruntime-node f32 optimized', command: sides.onnxruntime('optimized', 'f32') };
    rows.push(await memoryRow(model, dtype, sides.gridstride(dtype), rival));
  }
  return rows;
}

/** Everything of one model: its rows, as they come. */
async function* benchModel(source: string, options: PeersOptions, threads: number): AsyncGenerator<BenchRow[]> {
  const { python, texts, maxLength, rounds, peers, works } = options;
  const model = await prepareModel(source, options);
  const needsGraphs = peers.some((peer) => peer !== 'pytorch');
  const missing = needsGraphs ? await exportGraphs(model, python) : { skipped: 'not asked for' };
  const sides = new Sides(model, { threads, python, ...(missing && { noGraphs: missing.skipped }) });
  const real = await realLengths(texts, model.tokenizer, maxLength);
  try {
    for (const contest of await contestsOf({ model, sides, options, real })) yield await hold(contest, sides, rounds);
  } finally {
    await sides.close();
  }
  if (works.includes('memory')) yield await memoryRows(model, sides, options);
}

/** Versions of the rivals, by name: `onnxruntime-node 1.30.0 f32 raw`. */
function versionsOf(rows: readonly BenchRow[]): Record<string, string> {
  const pairs = rows.flatMap(({ rival }) => {
    const found = /^(\S+) .*?(\d+\.\d+\.\S+)/.exec(rival ?? '');
    return found === null || found[1] === 'gridstride' ? [] : [[found[1]!, found[2]!] as const];
  });
  return Object.fromEntries(pairs);
}

/** The bench: a table and, on the last line, the result. */
export async function benchPeers(options: PeersOptions, io: CliIo): Promise<void> {
  if (options.threads !== undefined) configure({ threads: options.threads });
  const { threads = 1 } = devices()[0]!;
  const rows: BenchRow[] = [];
  for (const source of options.models ?? defaultModels())
    for await (const found of benchModel(source, options, threads)) {
      rows.push(...found);
      io.stderr(tableOf(found));
      throwIfAborted(io.signal, 'bench peers');
    }
  const result = await benchResult({ bench: 'peers', rows, threads, rivals: versionsOf(rows), dtype: 'mixed' });
  io.stdout(tableOf(rows));
  if (options.json !== undefined) await keepResult(result, options.json);
  io.stdout(`${JSON.stringify(result)}\n`);
}
