// The part of the bundle that Node runs: compiled library, tests and benches with the packages they import, laid out as
// in a checkout.
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { root, run } from './run.mjs';

const staged = path.join(root, 'build/gpu_app');
// Beside the library's dependencies: what stands in for vitest.
const TEST_PACKAGES = ['@vitest/runner', '@vitest/expect', '@vitest/spy'];
const FILES = ['package.json', 'test/native/cuda/faults_child.mjs', 'bench/peers/bert_base.json'];
const FOLDERS = ['test/golden/models', 'bench/gpu/torch'];
const isNeeded = (file) => !/(?:\.d\.[cm]?ts|\.ts|\.map|\.md|__pycache__|\/zod\/src)$/.test(file);

/** Packages and all that they depend on, as the lock file places them. */
function packageFolders() {
  const { packages } = JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8'));
  const found = new Set();
  const add = (name, from) => {
    const places = [`${from}/node_modules/${name}`, `node_modules/${name}`].map((place) => place.replace(/^\//, ''));
    const place = places.find((each) => each in packages);
    if (place === undefined) throw new Error(`gpu:bundle: package-lock.json must hold ${name}, which ${from} imports`);
    if (found.has(place)) return;
    found.add(place);
    for (const dependency of Object.keys(packages[place].dependencies ?? {})) add(dependency, place);
  };
  for (const name of [...Object.keys(packages[''].dependencies), ...TEST_PACKAGES]) add(name, '');
  return [...found];
}

function copyPackages() {
  for (const folder of packageFolders())
    cpSync(path.join(root, folder), path.join(staged, folder), { recursive: true, filter: isNeeded });
  const standIn = path.join(staged, 'node_modules/vitest');
  mkdirSync(standIn, { recursive: true });
  copyFileSync(path.join(staged, 'dist/test/gpu/vitest.js'), path.join(standIn, 'index.js'));
  writeFileSync(path.join(standIn, 'package.json'), '{"name":"vitest","type":"module","exports":"./index.js"}\n');
}

/** Compiles and copies everything into build/gpu_app and returns that folder. */
export function stageApp({ addon, library }, lengths) {
  rmSync(staged, { recursive: true, force: true });
  run(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.gpu.json']);
  for (const file of FILES) {
    mkdirSync(path.join(staged, path.dirname(file)), { recursive: true });
    copyFileSync(path.join(root, file), path.join(staged, file));
  }
  for (const folder of FOLDERS)
    cpSync(path.join(root, folder), path.join(staged, folder), { recursive: true, filter: isNeeded });
  copyPackages();
  const native = path.join(staged, 'build/Release');
  mkdirSync(native, { recursive: true });
  for (const file of [addon, library]) {
    const copy = path.join(native, path.basename(file));
    copyFileSync(file, copy);
    run('strip', ['--strip-unneeded', copy]);
  }
  writeFileSync(path.join(staged, 'lengths.json'), `${JSON.stringify(lengths)}\n`);
  return staged;
}
