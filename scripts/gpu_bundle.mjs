#!/usr/bin/env node
// npm run gpu:bundle [-- --targets 80,90a] [--out build/gpu_bundle] [--data DIR [--tokenizer DIR]] [--emulation]
// Packs what it takes to prove the CUDA part on another Linux machine that has a driver and a GPU: runner.tar (the
// kernels' tests) and addon.tar (Node, addon, CUDA library, compiled tests and benches). There:
//   tar -xf runner.tar; tar -xf addon.tar; ./gpu_prove.sh
// `data`: data sets whose texts give the benches their lengths. With --emulation nothing is compiled by nvcc and the
// kernels' tests stay out. Ends with 77 where nvcc is missing.
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { stageApp } from './gpu_bundle/app.mjs';
import { buildForGpu, builtForEmulation } from './gpu_bundle/build.mjs';
import { kernelHashes } from './gpu_bundle/kernel_hashes.mjs';
import { drawLengths } from './gpu_bundle/lengths.mjs';
import { pack } from './gpu_bundle/pack.mjs';
import { root } from './gpu_bundle/run.mjs';

const { values } = parseArgs({
  options: {
    targets: { type: 'string', default: '80,90a' },
    out: { type: 'string', default: path.join(root, 'build/gpu_bundle') },
    data: { type: 'string' },
    tokenizer: { type: 'string' },
    emulation: { type: 'boolean', default: false },
  },
});
const targets = values.targets.split(',');
if (!targets.every((target) => /^\d{2,3}a?$/.test(target)))
  throw new Error(`gpu:bundle: --targets must be numbers such as 80,90a, got ${values.targets}`);

function versionOf(command, args, pattern) {
  try {
    return pattern.exec(execFileSync(command, args, { cwd: root, encoding: 'utf8' }))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

const built = values.emulation ? builtForEmulation() : buildForGpu(targets);
const about = {
  format: 'gridstride-proof/1',
  commit: versionOf('git', ['describe', '--always', '--dirty', '--abbrev=12'], /(\S+)/),
  nvcc: values.emulation ? 'none' : versionOf('nvcc', ['--version'], /release (\S+),/),
  node: process.version,
  targets: values.emulation ? [] : targets,
  kernels: kernelHashes(),
};
const lengths = await drawLengths(values.data, values.tokenizer);
const out = path.resolve(values.out);
const { runnerBytes, addonBytes } = pack({ app: stageApp(built, lengths), runner: built.runner, about, out });
const mib = (bytes) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
process.stdout.write(`${out}: runner.tar ${mib(runnerBytes)}, addon.tar ${mib(addonBytes)}\n`);
