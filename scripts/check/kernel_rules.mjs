// What keeps CUDA kernels fit for the emulation, as far as text shows it (docs/architecture.md has all the rules).
import { filesOf, finish, read } from './files.mjs';

const RULES = [
  [/<<</, [], 'kernels start by launch(...), not <<<>>>'],
  [/\basm\b/, ['kernels/common/ptx.cuh'], 'inline PTX belongs to kernels/common/ptx.cuh'],
  [/__shared__/, ['kernels/common/platform.cuh'], 'shared memory comes from SHARED_ARRAY and DYN_SHARED'],
  [
    /\b(?:float|double|u?int|u?short|u?char|u?long)(?:2|4)\b/,
    [],
    'vectors are loaded and stored by load_vector and store_vector',
  ],
  [/__CUDA_ARCH__/, [], 'variants are templates or files of their own, chosen at run time'],
  [
    /__global__(?!\s+void\s+__launch_bounds__\([^,()]+,[^,()]+\))/,
    [],
    '__global__ void __launch_bounds__(threads, blocks) comes first',
  ],
];

const problems = [];
const files = filesOf(['kernels', 'native/cuda', 'test/kernels', 'test/native/emulation'], ['.cu', '.cuh']);
for (const file of files) {
  const code = read(file).replace(/\/\/.*$/gm, '');
  for (const [pattern, exempt, rule] of RULES) {
    const found = exempt.includes(file) ? null : pattern.exec(code);
    if (found) problems.push(`${file}:${code.slice(0, found.index).split('\n').length}: ${rule}`);
  }
}

// The conformance suite is all that a device says of the wrappers: it must call each.
const wrappers = [...read('kernels/common/ptx.cuh').matchAll(/^(?:GS_PTX .*?|GS_MMA\()(\w+)[(,]/gm)].map(
  ([, name]) => name,
);
const suite = files
  .filter((file) => file.startsWith('test/kernels/common/'))
  .map(read)
  .join('');
for (const name of wrappers)
  if (!new RegExp(`\\bptx::${name}\\b`).test(suite))
    problems.push(`kernels/common/ptx.cuh: ${name} must be called by a test of test/kernels/common`);
if (wrappers.length === 0) problems.push('kernels/common/ptx.cuh: no wrapper was found');
finish('kernel rules', files.length + wrappers.length, problems);
