// The most memory that training DistilBERT takes (f32, AdamW, dropout on), beside PyTorch: VmHWM of a process that trains,
// less that of one that only imports. Each figure is of processes of its own.
// node dist/bench/training_memory/main.js [--batch 16] [--seq 128] [--steps 3] [--runs 3] [--threads 2] [--python python3]
//   [--json FILE]
import { execFile } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { median } from 'simple-statistics';
import { packageRoot } from '../../lib/util/package_info.js';
import { formatBytes } from '../../lib/util/process_memory.js';
import { summarize } from '../../lib/util/statistics.js';
import { report } from '../report.js';

const { values } = parseArgs({
  options: {
    batch: { type: 'string', default: '16' },
    seq: { type: 'string', default: '128' },
    steps: { type: 'string', default: '3' },
    runs: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    python: { type: 'string', default: 'python3' },
    json: { type: 'string' },
  },
});
const sizes = [values.batch, values.seq, values.steps, values.threads];

interface Peak {
  peak: number;
  skipped?: string;
  versions?: Record<string, string>;
}

type Side = readonly [command: string, script: string];
const OURS: Side = [process.execPath, fileURLToPath(new URL('ours.js', import.meta.url))];
const THEIRS: Side = [values.python, path.join(packageRoot(), 'bench/training_memory/torch_memory.py')];

async function peakOf([command, script]: Side, work: string): Promise<Peak> {
  try {
    const { stdout } = await promisify(execFile)(command, [script, work, ...sizes]);
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Peak;
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT')
      return { peak: 0, skipped: error.message };
    throw error;
  }
}

/** Bytes of training alone, and the milliseconds that the process took. */
async function measure(side: Side): Promise<Peak & { ms: number }> {
  const before = await peakOf(side, 'import');
  if (before.skipped !== undefined) return { ...before, ms: 0 };
  const start = performance.now();
  const { peak, ...rest } = await peakOf(side, 'train');
  return { ...rest, peak: peak - before.peak, ms: performance.now() - start };
}

async function main(): Promise<void> {
  const rounds = [];
  for (let run = 0; run < Number(values.runs); run++)
    rounds.push({ ours: await measure(OURS), theirs: await measure(THEIRS) });
  const bytes = median(rounds.map(({ ours }) => ours.peak));
  const { skipped, versions } = rounds[0]!.theirs;
  const params: Record<string, number> = { batch: Number(values.batch), seq: Number(values.seq) };
  const row = { name: 'DistilBERT training memory', ...summarize(rounds.map(({ ours }) => ours.ms)), rival: 'PyTorch' };
  console.log(`gridstride: ${formatBytes(bytes)}`);
  if (skipped === undefined) {
    params['rivalPeakMemoryBytes'] = median(rounds.map(({ theirs }) => theirs.peak));
    params['memoryRatio'] = median(rounds.map(({ ours, theirs }) => ours.peak / theirs.peak));
    console.log(`PyTorch: ${formatBytes(params['rivalPeakMemoryBytes'])}; ratio ${params['memoryRatio'].toFixed(2)}`);
  }
  const rows = [{ ...row, params, peakMemoryBytes: Math.round(bytes), ...(skipped && { skipped }) }];
  const rivals = versions && { rivals: versions };
  await report({ bench: 'training_memory', rows, threads: Number(values.threads), ...rivals, file: values.json });
}

await main();
