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

/** What a script of this folder gives for a job, in a process of its own; or why it was not run. */
export async function runScript<Result>(
  script: string,
  job: object,
  python: string,
): Promise<Result | { skipped: string }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'gridstride-rival-'));
  try {
    const file = path.join(folder, 'job.json');
    await writeFile(file, JSON.stringify(job));
    const place = path.join(packageRoot(), 'bench/fine_tuning', script);
    const { stdout } = await promisify(execFile)(python, [place, file], { maxBuffer: MAX_OUTPUT });
    return JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as Result;
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).code === 'ENOENT') return { skipped: error.message };
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The same job in PyTorch. */
export function runRival(job: Job, python: string): Promise<RivalOutcome | { skipped: string }> {
  return runScript('torch_train.py', { ...job, recipe: RECIPE }, python);
}
