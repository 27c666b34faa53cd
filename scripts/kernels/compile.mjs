// Compiles kernel files by nvcc and reads what ptxas and the PTX say of each kernel.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { root } from '../check/files.mjs';
import { run } from './run.mjs';

const TARGETS = ['80', '90a', '120'];

/** The targets this machine's nvcc knows; null where there is no nvcc. */
export function knownTargets() {
  const listed = spawnSync('nvcc', ['--list-gpu-arch'], { encoding: 'utf8' });
  if (listed.status !== 0) return null;
  return TARGETS.filter((target) => listed.stdout.includes(`compute_${parseInt(target, 10)}\n`));
}

const hasCache = spawnSync('ccache', ['--version']).status === 0;

/**
 * Compiles a file; what is known of each of its kernels, one entry per instance and target: symbol, target, registers,
 * spills (bytes), shared (static bytes), threads of a block, and whether it takes dynamic shared memory.
 */
export async function compileKernels(file, object, targets) {
  const first = targets[0];
  const architectures = targets.flatMap((target) => {
    const code = target === first ? `[compute_${target},sm_${target}]` : `sm_${target}`;
    return ['-gencode', `arch=compute_${target},code=${code}`];
  });
  // The PTX stays readable in the object: it tells what ptxas does not.
  const options = ['-std=c++20', '-O3', '-Xptxas', '-v', '--no-compress', '-I', root, ...architectures];
  const command = [...(hasCache ? ['ccache'] : []), 'nvcc', ...options, '-c', file, '-o', object];
  const { stderr } = await run(command).catch((error) => {
    throw new Error(`kernels: nvcc must compile ${file}, got:\n${error.stderr}`);
  });
  const kernels = kernelsOfPtx(object);
  return targets.flatMap((target) => {
    const entries = entriesOfReport(stderr, target, file);
    if (entries.length !== kernels.size)
      throw new Error(
        `kernels: ptxas must report each kernel, got ${entries.length} of ${kernels.size} for sm_${target} from ${file}`,
      );
    return entries.map((entry) => ({ ...entry, ...kernels.get(entry.symbol), target }));
  });
}

/** ptxas -v, by kernel. */
function entriesOfReport(report, target, file) {
  const entries = [];
  for (const part of report.split(/Compiling entry function /).slice(1)) {
    const [, symbol, of] = /^'(\w+)' for 'sm_(\w+)'/.exec(part) ?? [];
    if (of !== target) continue;
    const registers = /Used (\d+) registers/.exec(part);
    const spills = [...part.matchAll(/(\d+) bytes spill (?:stores|loads)/g)];
    if (registers === null || spills.length === 0)
      throw new Error(`kernels: ptxas must tell registers and spills, got of ${file}:\n${part}`);
    const shared = /(\d+) bytes smem/.exec(part)?.[1] ?? 0;
    const spilled = spills.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
    entries.push({ symbol, registers: Number(registers[1]), spills: spilled, shared: Number(shared) });
  }
  return entries;
}

/** Threads of a block and use of dynamic shared memory, by symbol. */
function kernelsOfPtx(object) {
  const kernels = new Map();
  const ptx = readFileSync(object, 'latin1');
  for (const part of ptx.split(/^(?:\.\w+ )*\.entry /m).slice(1)) {
    const symbol = /^\w+/.exec(part)[0];
    const body = part.slice(0, part.indexOf('\n}'));
    const threads = /\.maxntid (\d+)/.exec(body);
    if (threads === null) throw new Error(`kernels: ${symbol} must have __launch_bounds__`);
    kernels.set(symbol, { threads: Number(threads[1]), isDynamic: body.includes('gs_dynamic_shared') });
  }
  return kernels;
}
