// Kernels by names a reader knows.
import { spawnSync } from 'node:child_process';

/** `gemm_mma<BFloat16, MmaShape<128, ...>, ...>` for each mangled symbol. */
export function namesOf(symbols) {
  const result = spawnSync('c++filt', [], { input: symbols.join('\n'), encoding: 'utf8', maxBuffer: 1 << 26 });
  if (result.status !== 0) throw new Error('kernels: c++filt (binutils) must run');
  const lines = result.stdout.split('\n');
  return new Map(symbols.map((symbol, i) => [symbol, withoutParameters(lines[i])]));
}

/** The function's own name. */
export const kernelOf = (name) => name.replace(/<.*/, '');

function withoutParameters(text) {
  const name = text.replaceAll(/gridstride::(?:test::)?|\(anonymous namespace\)::|^void /g, '');
  let depth = 0;
  for (let i = 0; i < name.length; ++i) {
    if (name[i] === '<') depth += 1;
    else if (name[i] === '>') depth -= 1;
    else if (name[i] === '(' && depth === 0) return name.slice(0, i);
  }
  return name;
}
