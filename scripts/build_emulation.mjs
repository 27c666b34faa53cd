#!/usr/bin/env node
// npm run build:emulation: the CUDA library on the emulation, build/emulation/libgridstride_cuda_emulation.so, whose
// path is the last line printed. Where CMake or g++ is missing it says so and builds nothing: tests skip what needs it.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { haveCMake } from './cmake.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(root, 'build/emulation');
const environment = { CCACHE_BASEDIR: root, CCACHE_NOHASHDIR: '1', ...process.env };

function run(command, args) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', env: environment, maxBuffer: 1 << 28 });
  if (result.status === 0) return;
  process.stderr.write(`${result.stdout}${result.stderr}`.split('\n').slice(-60).join('\n'));
  process.exit(1);
}

if (!haveCMake() || spawnSync('g++', ['--version']).status !== 0) {
  process.stdout.write('emulation: skipped, it needs CMake >= 3.24 and g++\n');
  process.exit(0);
}
const start = Date.now();
if (!existsSync(path.join(folder, 'CMakeCache.txt')))
  run('cmake', [
    '-S',
    root,
    '-B',
    folder,
    '-DCMAKE_C_COMPILER=gcc',
    '-DCMAKE_CXX_COMPILER=g++',
    '-DGRIDSTRIDE_EMULATION=ON',
  ]);
run('cmake', [
  '--build',
  folder,
  '--target',
  'gridstride_cuda_emulation',
  '--parallel',
  String(os.availableParallelism()),
]);
process.stdout.write(`emulation: built in ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
process.stdout.write(`${path.join(folder, 'libgridstride_cuda_emulation.so')}\n`);
