import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { packageRoot } from '../../lib/util/package_info.js';
import { type Job, type Outcome, RECIPE } from './job.js';

/** What PyTorch and transformers gave, and their versions. */
export interface RivalOutcome extends Outcome {
  readonly versions: Readonly<Record<string, string>>;
}

const MAX_OUTPUT = 2 ** 28;

/** The same job in PyTorch, in a process of its own; or why it was not run. */
export async function runRival(job: Job, python: string): Promise<RivalOutcome | { skipped: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gridstride-rival-'));
  const script = path.join(packageRoot(), 'bench/fine_tuning/torch_train.py');
  try {
    const file = path.join(folder, 'job.json');
    await writeFile(file, JSON.stringify({ ...job, recipe: RECIPE }));
    const { stdout } = await promisify(execFile)(python, [script, file], { maxBuffer: MAX_OUTPUT });
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as RivalOutcome;
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return { skipped: error.message };
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
