#!/usr/bin/env node
// npm run kernels: compiles the launchers of native/cuda and the tests of the PTX wrappers for each target and prints,
// by kernel, the registers, spilled bytes and static shared memory of its hungriest instance. A spill is over budget.
// Ends with 77 where nvcc is missing.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { filesOf, root } from './check/files.mjs';

const TARGETS = ['80', '90a', '120'];

const listed = spawnSync('nvcc', ['--list-gpu-arch'], { encoding: 'utf8' });
if (listed.status !== 0) {
  console.log('skipped: nvcc is not installed');
  process.exit(77);
}
const targets = TARGETS.filter((target) => listed.stdout.includes(`compute_${parseInt(target, 10)}\n`));

/** What ptxas says of a file: one entry per instance and target. */
function instancesOf(file, folder) {
  const architectures = targets.flatMap((t) => ['-gencode', `arch=compute_${t},code=sm_${t}`]);
  const output = path.join(folder, 'kernels.o');
  const args = ['-std=c++20', '-O3', '-Xptxas', '-v', '-I', root, ...architectures, '-c', file, '-o', output];
  const result = spawnSync('nvcc', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (result.status !== 0) throw new Error(`kernels: nvcc must compile ${file}, got:\n${result.stderr}`);
  const entry =
    /Compiling entry function '(\w+)' for 'sm_(\w+)'[\s\S]*?(\d+) bytes spill stores, (\d+) bytes spill loads\n.*?Used (\d+) registers(.*)/g;
  return [...result.stderr.matchAll(entry)].map(([, symbol, target, stores, loads, registers, rest]) => ({
    kernel: nameOf(symbol),
    target,
    spills: Number(stores) + Number(loads),
    registers: Number(registers),
    shared: Number(/(\d+) bytes smem/.exec(rest)?.[1] ?? 0),
  }));
}

/** The function's own name in a mangled one: the last part of the nested name. */
function nameOf(symbol) {
  let rest = symbol.replace(/^_ZN/, '');
  let name = symbol;
  for (let part; (part = /^L?(\d+)/.exec(rest)) !== null; rest = rest.slice(part[0].length + Number(part[1])))
    name = rest.slice(part[0].length, part[0].length + Number(part[1]));
  return name;
}

const folder = mkdtempSync(path.join(tmpdir(), 'gridstride-kernels-'));
const rows = new Map();
try {
  for (const file of filesOf(['native/cuda', 'test/kernels'], ['.cu'])) {
    for (const instance of instancesOf(file, folder)) {
      const key = `${instance.kernel} sm_${instance.target}`;
      const row = rows.get(key) ?? { ...instance, instances: 0 };
      row.instances += 1;
      for (const field of ['registers', 'spills', 'shared']) row[field] = Math.max(row[field], instance[field]);
      rows.set(key, row);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

console.log(`${'kernel'.padEnd(44)}target   instances  registers  spilled bytes  shared bytes`);
for (const { kernel, target, instances, registers, spills, shared } of rows.values())
  console.log(
    `${kernel.padEnd(44)}sm_${target.padEnd(6)}${String(instances).padStart(9)}${String(registers).padStart(11)}` +
      `${String(spills).padStart(15)}${String(shared).padStart(14)}`,
  );
const over = [...rows.values()].filter(({ spills }) => spills > 0).length;
const kernels = new Set([...rows.values()].map(({ kernel }) => kernel)).size;
console.log(`${kernels} kernels, ${targets.length} targets, ${over} over budget`);
process.exit(kernels === 0 || over > 0 ? 1 : 0);
