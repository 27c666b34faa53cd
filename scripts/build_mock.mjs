#!/usr/bin/env node
// Builds build/mock/libgridstride_cuda_mock.so, which stands in for the CUDA library in tests, unless it is newer than
// every source it is made of.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const folder = path.join(root, 'test/native/mock_backend');
const library = path.join(root, 'build/mock/libgridstride_cuda_mock.so');

const under = (name) =>
  readdirSync(path.join(root, name), { recursive: true }).map((file) => path.join(root, name, file));
const inputs = [...under('test/native/mock_backend'), ...under('kernels'), ...under('native/core')];
const changed = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const isFresh = inputs.every((file) => !/\.(h|cc)$/.test(file) || changed(file) < changed(library));

if (!isFresh) {
  mkdirSync(path.dirname(library), { recursive: true });
  const sources = readdirSync(folder).filter((file) => file.endsWith('.cc'));
  const temporary = `${library}.${process.pid}`;
  const result = spawnSync(
    process.env.CXX ?? 'c++',
    ['-std=c++20', '-O1', '-g', '-Wall', '-Wextra', '-shared', '-fPIC', '-fvisibility=hidden', `-I${root}`]
      .concat(sources.map((file) => path.join(folder, file)))
      .concat(['-o', temporary]),
    { stdio: 'inherit' },
  );
  if (result.status !== 0) process.exit(result.status ?? 1);
  renameSync(temporary, library);
}
process.stdout.write(`${library}\n`);
