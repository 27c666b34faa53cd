import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { CliIo } from '../../lib/cli/io.js';
import { runCli } from '../../lib/cli/program.js';
import { BENCH_SCHEMA, type BenchResult, type BenchRow } from '../../lib/util/bench_schema.js';

/** A folder that goes with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'gridstride_cli_'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface CliRun {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line in this process and keeps what it says. */
export function runInProcess(...args: string[]): Promise<CliRun> {
  return runWith({}, ...args);
}

/** {@link runInProcess} with something on standard input, or a signal. */
export async function runWith(
  { stdin = '', signal = new AbortController().signal }: { stdin?: string; signal?: AbortSignal },
  ...args: string[]
): Promise<CliRun> {
  let stdout = '';
  let stderr = '';
  const io: CliIo = {
    stdout: (text) => void (stdout += text),
    stderr: (text) => void (stderr += text),
    drained: () => Promise.resolve(),
    stdin: new Blob([stdin]).stream(),
    hasColors: false,
    signal,
    exitCode: 0,
  };
  return { code: await runCli(args, io), stdout, stderr };
}

export function benchRow(name: string, medianMs: number, iqrMs = 0, params: BenchRow['params'] = {}): BenchRow {
  return { name, params, samples: [medianMs], medianMs, minMs: medianMs, iqrMs };
}

export function benchResult(rows: BenchRow[], changes: Partial<BenchResult> = {}): BenchResult {
  return {
    schema: BENCH_SCHEMA,
    bench: 'ops',
    machine: { cpu: 'test', isa: ['avx2'], cores: 2, memoryBytes: 1e9, kernel: '6' },
    versions: { gridstride: '0.1.0', node: '20.19.0' },
    commit: 'unknown',
    seed: 0,
    threads: 2,
    device: 'cpu',
    dtype: 'f32',
    rows,
    ...changes,
  };
}
