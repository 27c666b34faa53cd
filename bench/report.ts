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
  /** By default the CPU. */
  readonly device?: string;
  /** By default f32. */
  readonly dtype?: string;
  /** Where to keep the result. */
  readonly file?: string | undefined;
}

/** The result of a bench in the form that all benches share. */
export async function benchResult(of: Omit<BenchReport, 'file'>): Promise<BenchResult> {
  const { bench, rows, threads = 1, seed = 0, rivals, device = 'cpu', dtype = 'f32' } = of;
  const [machine, commit] = await Promise.all([collectMachine(), collectCommit()]);
  return checkBenchResult(`bench ${bench}`, {
    schema: BENCH_SCHEMA,
    bench,
    machine,
    versions: { ...collectVersions(), ...rivals },
    commit,
    seed,
    threads,
    device,
    dtype,
    rows,
  });
}

/** Writes a result to a file. */
export async function keepResult(result: BenchResult, file: string): Promise<void> {
  await ensureWritableFolder(path.dirname(path.resolve(file)));
  await writeFileAtomic(file, `${JSON.stringify(result, null, 1)}\n`);
}

/** Writes the result to its file, if one is named, and prints it as the last line. */
export async function report({ file, ...of }: BenchReport): Promise<BenchResult> {
  const result = await benchResult(of);
  if (file !== undefined) await keepResult(result, file);
  console.log(JSON.stringify(result));
  return result;
}
