// Loading checkpoints of half a gigabyte beside fs.promises.readFile of the same file (warm page cache, in turn), the longest
// delay of the event loop meanwhile, and the most memory a process takes for it over the weights it holds.
// node dist/bench/loading/main.js [--megabytes 500] [--runs 9] [--cases f32:f32,f16:bf16] [--json FILE]
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { AutoModel, BertConfig, type DType } from 'gridstride';
import type { BenchRow } from '../../lib/util/bench_schema.js';
import { formatBytes } from '../../lib/util/process_memory.js';
import { interleave } from '../../lib/util/statistics.js';
import { report } from '../report.js';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '500' },
    runs: { type: 'string', default: '9' },
    cases: { type: 'string', default: 'f32:f32,f32:bf16,f32:f16,f16:f16,f16:f32,bf16:bf16,bf16:f32' },
    json: { type: 'string' },
  },
});

const EMBEDDING_PARAMETERS = 23.8e6;
const LAYER_PARAMETERS = 7.09e6;

/** A BERT of C 768 with as many layers as make up the file's size. */
function configOf(bytes: number, bytesPerElement: number): BertConfig {
  const layers = Math.round((bytes / bytesPerElement - EMBEDDING_PARAMETERS) / LAYER_PARAMETERS);
  return new BertConfig({ numHiddenLayers: Math.max(layers, 1) });
}

async function makeFolder(root: string, dtype: DType): Promise<string> {
  const config = configOf(Number(values.megabytes) * 1e6, dtype === 'f32' ? 4 : 2);
  const folder = path.join(root, dtype);
  using model = AutoModel.fromConfig(config, { seed: 1, dtype, device: 'cpu' });
  await model.savePretrained(folder);
  return folder;
}

async function peakOf(work: 'import' | 'load', folder: string, dtype: DType): Promise<number> {
  const script = fileURLToPath(new URL('load_process.js', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [script, work, folder, dtype]);
  return (JSON.parse(stdout) as { peak: number }).peak;
}

async function measure(folder: string, file: DType, dtype: DType): Promise<BenchRow> {
  const weights = path.join(folder, 'model.safetensors');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const load = async (): Promise<void> => {
    delay.enable();
    (await AutoModel.fromPretrained(folder, { dtype, device: 'cpu' })).dispose();
    delay.disable();
  };
  const { a, b, ratio, ratioIqr } = await interleave(load, () => readFile(weights), Number(values.runs));
  const { size } = await stat(weights);
  const held = (size * (dtype === 'f32' ? 4 : 2)) / (file === 'f32' ? 4 : 2);
  const peakMemoryBytes = (await peakOf('load', folder, dtype)) - (await peakOf('import', folder, dtype));
  const longestDelayMs = delay.max / 1e6;
  console.log(
    `${file} file of ${formatBytes(size)} as ${dtype}: ${a.medianMs.toFixed(0)} ms, readFile ${b.medianMs.toFixed(0)} ms: ` +
      `${ratio.toFixed(2)} of its time (spread ${ratioIqr.toFixed(2)}); peak ${formatBytes(peakMemoryBytes)}, ` +
      `${(peakMemoryBytes / held).toFixed(2)} of the weights; longest delay ${longestDelayMs.toFixed(1)} ms`,
  );
  const params = { file, dtype, bytes: size, memoryRatio: peakMemoryBytes / held, longestDelayMs };
  return { name: 'fromPretrained', params, ...a, rival: 'fs.promises.readFile', ratio, ratioIqr, peakMemoryBytes };
}

async function main(): Promise<void> {
  const root = await mkdtemp(path.join(tmpdir(), 'gridstride-loading-'));
  try {
    const cases = values.cases.split(',').map((each) => each.split(':') as [DType, DType]);
    const rows: BenchRow[] = [];
    for (const file of new Set(cases.map(([each]) => each))) {
      const folder = await makeFolder(root, file);
      for (const [of, dtype] of cases) if (of === file) rows.push(await measure(folder, file, dtype));
      await rm(folder, { recursive: true });
    }
    await report({ bench: 'loading', rows, file: values.json });
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

await main();
