// Imports go one way: a folder sees those below it, never those above.
import path from 'node:path';
import { filesOf, finish, read } from './files.mjs';

const BELOW_OPS = ['autograd', 'tensor', 'native', 'util'];
const TYPESCRIPT = {
  util: [],
  native: ['util'],
  tensor: ['native', 'util'],
  autograd: ['tensor', 'native', 'util'],
  ops: BELOW_OPS,
  hub: ['util'],
  io: ['hub', 'tensor', 'native', 'util'],
  nn: ['ops', 'io', ...BELOW_OPS],
  optim: ['ops', ...BELOW_OPS],
  metrics: ['util'],
  plots: ['util'],
  tokenizers: ['hub', 'io', 'native', 'util'],
  data: ['tokenizers', 'util'],
  generate: ['ops', ...BELOW_OPS],
  models: ['generate', 'nn', 'hub', 'io', 'data', 'ops', ...BELOW_OPS],
  train: ['plots', 'data', 'optim', 'nn', 'metrics', 'models', 'tokenizers', 'io', 'ops', ...BELOW_OPS],
  search: ['train', 'plots', 'data', 'nn', 'models', 'io', ...BELOW_OPS],
  pipelines: ['tokenizers', 'generate', 'models', 'data', 'nn', 'hub', 'io', 'ops', ...BELOW_OPS],
};
TYPESCRIPT.cli = Object.keys(TYPESCRIPT);

const CPP = [
  // The emulation stands in for the CUDA headers where kernels would include those.
  [/^kernels\/common\/(?:platform|ptx)\.cuh$/, [/^kernels\/common\//, /^native\/emulation\/(?:cuda|ptx\/ptx)\.h$/]],
  [/^kernels\/(?:common|math)\//, [/^kernels\/(?:common|math)\//]],
  [/^kernels\/(\w+)\//, [/^kernels\/(?:common|math)\//, 'own folder']],
  [/^native\/core\//, [/^native\/core\//, /^kernels\/common\//]],
  [/^native\/emulation\//, [/^native\/emulation\//, /^kernels\/common\//]],
  [/^native\/cuda\/runtime\.h$/, [/^native\/emulation\/runtime\/api\.h$/]],
  [/^native\/cuda\//, [/^native\/(?:cuda|core)\//, /^kernels\//, /^native\/ops\/op_list\.h$/]],
  [/^native\/(?:io|text)\//, [/^native\/(?:io|text|core)\//, /^kernels\/common\//]],
  [/^native\/cpu\//, [/^native\/(?:cpu|core)\//, /^kernels\//, /^native\/ops\/op_list\.h$/]],
  [/^native\/ops\//, [/^native\/(?:ops|cpu|core)\//, /^kernels\//]],
  [/^native\/napi\//, [/^native\//, /^kernels\//]],
];

const problems = [];
const sources = filesOf(['lib'], ['.ts']);
for (const file of sources) {
  const folder = file.split('/')[1];
  if (file === 'lib/index.ts') continue;
  const allowed = TYPESCRIPT[folder];
  if (allowed === undefined) problems.push(`${file}: no rule for lib/${folder}`);
  for (const [, target] of read(file).matchAll(/^(?:import|export)\b[^;]*?from '(\.[^']+)'/gm)) {
    const to = path.posix.join(path.posix.dirname(file), target).split('/')[1];
    if (to !== folder && !(allowed ?? []).includes(to))
      problems.push(`${file}: lib/${folder} must not import lib/${to}`);
  }
}
const native = filesOf(['native', 'kernels'], ['.h', '.cc', '.cu', '.cuh']);
for (const file of native) {
  const text = read(file);
  const rule = CPP.find(([place]) => place.test(file));
  if (/#include <napi\.h>/.test(text) && !file.startsWith('native/napi/'))
    problems.push(`${file}: <napi.h> belongs to native/napi`);
  if (/#include <cuda_runtime\.h>/.test(text) && !/^(kernels|native\/cuda)\//.test(file))
    problems.push(`${file}: <cuda_runtime.h> belongs to kernels and native/cuda`);
  for (const [, target] of text.matchAll(/^#include "([^"]+)"/gm)) {
    const ok = (rule?.[1] ?? []).some((allowed) =>
      allowed === 'own folder' ? path.posix.dirname(target) === path.posix.dirname(file) : allowed.test(target),
    );
    if (!ok) problems.push(`${file}: must not include ${target}`);
  }
}
finish('imports', sources.length + native.length, problems);
