// The programs of the bundle, built in build/gpu: the addon, the CUDA library and the kernels' tests for a GPU.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { parallel, root, run } from './run.mjs';

const folder = path.join(root, 'build/gpu');

/** Targets as CMake names them: machine code for each, and PTX of the first for everything newer. */
const architectures = (targets) => targets.map((target, i) => (i === 0 ? target : `${target}-real`)).join(';');

/** Builds with nvcc for the targets; returns the paths. */
export function buildForGpu(targets) {
  if (spawnSync('nvcc', ['--version']).status !== 0) {
    process.stderr.write('gpu:bundle: nvcc must be installed, it is not on PATH\n');
    process.exit(77);
  }
  const ninja = spawnSync('ninja', ['--version']).status === 0 ? ['-G', 'Ninja'] : [];
  const flags = ['-DGRIDSTRIDE_CUDA=ON', '-DGRIDSTRIDE_CUDA_TESTS=ON'];
  run('cmake', [...ninja, '-S', root, '-B', folder, ...flags, `-DGRIDSTRIDE_CUDA_TARGETS=${architectures(targets)}`]);
  const wanted = ['gridstride', 'gridstride_cuda', 'gpu_tests'].flatMap((target) => ['--target', target]);
  run('cmake', ['--build', folder, '--parallel', parallel, ...wanted]);
  return {
    addon: path.join(folder, 'gridstride.node'),
    library: path.join(folder, 'libgridstride_cuda.so'),
    runner: path.join(folder, 'gpu_tests'),
  };
}

/** What `npm run build` and `npm run build:emulation` left: the bundle's TypeScript part runs on it anywhere. */
export function builtForEmulation() {
  const addon = path.join(root, 'build/Release/gridstride.node');
  const library = path.join(root, 'build/emulation/libgridstride_cuda_emulation.so');
  for (const file of [addon, library]) {
    if (existsSync(file)) continue;
    process.stderr.write(`gpu:bundle: ${file} must be there: npm run build && npm run build:emulation\n`);
    process.exit(1);
  }
  return { addon, library };
}
