import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BenchMachine } from './bench_schema.js';
import { packageRoot, packageVersion } from './package_info.js';

/** The engine's instruction sets and the flags of /proc/cpuinfo that each needs. */
const INSTRUCTION_SETS: readonly (readonly [string, readonly string[]])[] = [
  ['avx2', ['avx2', 'fma', 'f16c']],
  ['avx512', ['avx512f', 'avx512bw', 'avx512dq', 'avx512vl']],
  ['avx512-vnni', ['avx512_vnni']],
  ['avx512-bf16', ['avx512_bf16']],
  ['amx-bf16', ['amx_tile', 'amx_bf16']],
  ['amx-int8', ['amx_tile', 'amx_int8']],
  ['neon', ['asimd']],
  ['neon-bf16', ['asimd', 'bf16']],
];

/**
 * The instruction sets that a text in the form of /proc/cpuinfo tells of, under the engine's names.
 * @internal
 */
export function instructionSets(cpuinfo: string): string[] {
  const line = /^(?:flags|Features)\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '';
  const flags = new Set(line.trim().split(/\s+/));
  return INSTRUCTION_SETS.filter(([, needed]) => needed.every((flag) => flags.has(flag))).map(([name]) => name);
}

/**
 * The machine's description that every bench carries.
 * @internal
 */
export async function collectMachine(): Promise<BenchMachine> {
  const cpuinfo = await readFile('/proc/cpuinfo', 'utf8').catch(() => '');
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    isa: instructionSets(cpuinfo),
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    kernel: release(),
  };
}

/**
 * The versions that every bench carries.
 * @internal
 */
export function collectVersions(): { gridstride: string; node: string } {
  return { gridstride: packageVersion(), node: process.versions.node };
}

/**
 * The commit of the checkout this runs from, with `+` when files differ from it; `unknown` in an installed package.
 * @internal
 */
export async function collectCommit(): Promise<string> {
  const cwd = packageRoot();
  if (!existsSync(join(cwd, '.git'))) return 'unknown';
  const git = async (...args: string[]): Promise<string> => (await promisify(execFile)('git', args, { cwd })).stdout;
  try {
    const [commit, changes] = await Promise.all([git('rev-parse', 'HEAD'), git('status', '--porcelain', '-uno')]);
    return `${commit.trim()}${changes.trim() === '' ? '' : '+'}`;
  } catch {
    return 'unknown';
  }
}
