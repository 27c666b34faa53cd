import path from 'node:path';
import { ensureWritableFolder, writeFileAtomic } from '../lib/util/atomic_write.js';
import { BENCH_SCHEMA, type BenchResult, type BenchRow, checkBenchResult } from '../lib/util/bench_schema.js';
import { collectCommit, collectMachine, collectVersions } from '../lib/util/machine.js';

/** What a bench measured, and under which settings. */
export interface BenchReport {
  readonly bench: string;
  readonly rows: readonly BenchRow[];
  /** Compute threads; 1 unless told. */
  readonly threads?: number;
  readonly seed?: number;
  /** Versions of rivals, by name. */
  readonly rivals?: Readonly<Record<string, string>>;
  /** Where to keep the result. */
  readonly file?: string | undefined;
}

/** Writes the result to its file, if one is named, and prints it as the last line. */
export async function report({ bench, rows, threads = 1, seed = 0, rivals, file }: BenchReport): Promise<BenchResult> {
  const [machine, commit] = await Promise.all([collectMachine(), collectCommit()]);
  const result = checkBenchResult(`bench ${bench}`, {
    schema: BENCH_SCHEMA,
    bench,
    machine,
    versions: { ...collectVersions(), ...rivals },
    commit,
    seed,
    threads,
    device: 'cpu',
    dtype: 'f32',
    rows,
  });
  if (file !== undefined) {
    await ensureWritableFolder(path.dirname(path.resolve(file)));
    await writeFileAtomic(file, `${JSON.stringify(result, null, 1)}\n`);
  }
  console.log(JSON.stringify(result));
  return result;
}
