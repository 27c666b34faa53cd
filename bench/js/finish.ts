import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { BENCH_SCHEMA, type BenchRow, checkBenchResult } from '../../lib/util/bench_schema.js';
import { collectCommit, collectMachine, collectVersions } from '../../lib/util/machine.js';

/** Writes the result to the file that `--json` names, and prints it as the last line. */
export async function finish(bench: string, rows: readonly BenchRow[]): Promise<void> {
  const [machine, commit] = await Promise.all([collectMachine(), collectCommit()]);
  const result = checkBenchResult(`bench ${bench}`, {
    schema: BENCH_SCHEMA,
    bench,
    machine,
    versions: collectVersions(),
    commit,
    seed: 0,
    threads: 1,
    device: 'cpu',
    dtype: 'f32',
    rows,
  });
  const file = process.argv[process.argv.indexOf('--json') + 1];
  if (process.argv.includes('--json') && file !== undefined) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(result, null, 1)}\n`);
  }
  console.log(JSON.stringify(result));
}
