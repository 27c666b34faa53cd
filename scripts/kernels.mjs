#!/usr/bin/env node
// npm run kernels [-- --cuobjdump PATH --target 80 --only mma]: compiles the launchers of native/cuda and the tests of the
// PTX wrappers, or those whose path holds that word, for each target, or the one named. Prints by kernel, of its
// hungriest instance: registers, spilled bytes, shared memory, what a multiprocessor holds; with a disassembler also
// tensor-core, ldmatrix, cp.async and 128-bit instructions, and the modelled bounds of main loops. Over budget: a spill,
// a kernel that does not fit a multiprocessor, a loop below its bound. Ends with 77 where nvcc is missing.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { filesOf } from './check/files.mjs';
import { BOUNDS_TARGET, boundOf, boundProblems } from './kernels/bounds.mjs';
import { compileKernels, knownTargets } from './kernels/compile.mjs';
import { countInstructions, disassemble, findDisassembler } from './kernels/disassembly.mjs';
import { kernelOf, namesOf } from './kernels/names.mjs';
import { occupancyOf } from './kernels/occupancy.mjs';
import { forEachAtOnce } from './kernels/run.mjs';
import { dynamicShared } from './kernels/shared_memory.mjs';
import { printBounds, printKernels } from './kernels/tables.mjs';

const { cuobjdump, target, only } = parseArgs({
  options: { cuobjdump: { type: 'string' }, target: { type: 'string' }, only: { type: 'string', default: '' } },
}).values;
const known = knownTargets();
if (known === null) {
  console.log('skipped: nvcc is not installed');
  process.exit(77);
}
const targets = known.filter((each) => target === undefined || each === target);
if (targets.length === 0) throw new Error(`kernels: --target must be one of ${known.join(', ')}, got ${target}`);
const disassembler = findDisassembler(cuobjdump);

/** Adds to a file's instances what the disassembler tells. */
async function addListings(instances, object) {
  for (const target of targets) {
    const listing = await disassemble(disassembler, object, target);
    for (const instance of instances.filter((one) => one.target === target)) {
      const instructions = listing.get(instance.symbol) ?? [];
      if (instructions.length === 0)
        throw new Error(`kernels: ${disassembler} must list ${instance.symbol} for sm_${target}`);
      instance.counts = countInstructions(instructions);
      if (target === BOUNDS_TARGET) instance.loop = boundOf(instructions);
    }
  }
  return instances;
}

async function inspect() {
  const folder = mkdtempSync(path.join(tmpdir(), 'gridstride-kernels-'));
  const files = filesOf(['native/cuda', 'test/kernels'], ['.cu']).filter((file) => file.includes(only));
  if (files.length === 0) throw new Error(`kernels: --only must be part of a kernel file's path, got ${only}`);
  // What compiles longest comes first, so that no processor waits for the last file.
  files.sort((a, b) => Number(b.includes('mma')) - Number(a.includes('mma')));
  try {
    const instances = await forEachAtOnce(files, async (file) => {
      const object = path.join(folder, `${file.replaceAll('/', '_')}.o`);
      const compiled = await compileKernels(file, object, targets);
      return disassembler === null ? compiled : addListings(compiled, object);
    });
    if (instances.flat().length === 0) throw new Error('kernels: nvcc must find kernels, got none');
    return instances.flat();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const instances = await inspect();
const names = namesOf([...new Set(instances.map(({ symbol }) => symbol))]);
const problems = new Set();
for (const instance of instances) {
  instance.name = names.get(instance.symbol);
  instance.kernel = kernelOf(instance.name);
  instance.dynamic = instance.isDynamic ? dynamicShared(instance.name) : 0;
  if (instance.dynamic === null)
    problems.add(`${instance.kernel}: scripts/kernels/shared_memory.mjs must state its memory`);
  instance.occupancy = occupancyOf({ ...instance, shared: instance.shared + instance.dynamic });
}
instances.sort((a, b) => a.name.localeCompare(b.name) || targets.indexOf(a.target) - targets.indexOf(b.target));

for (const { name, target, spills, occupancy } of instances) {
  if (spills > 0) problems.add(`${name} for sm_${target}: spills ${spills} bytes of registers`);
  if (occupancy.blocks === 0) problems.add(`${name} for sm_${target}: does not fit a multiprocessor`);
}
printKernels(instances);
if (disassembler !== null) {
  const bounded = instances.filter(({ target }) => target === BOUNDS_TARGET);
  printBounds(bounded.filter(({ loop }) => loop !== null));
  for (const problem of boundProblems(bounded, only === '')) problems.add(problem);
}
for (const problem of problems) console.log(`over budget: ${problem}`);
if (disassembler === null) console.log('bounds not checked');
const kernels = new Set(instances.map(({ kernel }) => kernel)).size;
console.log(`${kernels} kernels, ${targets.length} targets, ${problems.size} over budget`);
process.exit(problems.size > 0 ? 1 : 0);
