// What a proof on hardware holds of each kernel: a hash of its launcher and of everything of kernels/ and native/cuda that
// it includes, comments and spaces left out.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { filesOf, read } from '../check/files.mjs';

const codeOf = (file) =>
  read(file)
    .replace(/\/\/.*$/gm, '')
    .replace(/\s+/g, ' ');

/** A file's own and included sources, each once, in the order first met. */
function withIncludes(file, known, found = new Set()) {
  if (found.has(file)) return found;
  found.add(file);
  for (const [, target] of read(file).matchAll(/^#include "((?:kernels|native\/cuda)\/[^"]+)"/gm))
    if (known.has(target)) withIncludes(target, known, found);
  return found;
}

/** Hashes by kernel, `norm/layer_norm` and so on. */
export function kernelHashes() {
  const known = new Set(filesOf(['kernels', 'native/cuda'], ['.h', '.cuh', '.cu']));
  const launchers = [...known].filter((file) => /^native\/cuda\/.*\.cu$/.test(file)).sort();
  return Object.fromEntries(
    launchers.map((file) => {
      const hash = createHash('sha256');
      for (const source of [...withIncludes(file, known)].sort()) hash.update(`${source}\n${codeOf(source)}\n`);
      return [path.posix.relative('native/cuda', file).replace(/\.cu$/, ''), hash.digest('hex').slice(0, 16)];
    }),
  );
}
