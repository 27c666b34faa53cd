#!/usr/bin/env node
// Builds, packs and installs the package in clean folders, as users' machines do it. By default rows share the two builds
// (CMake, node-gyp); `--full` gives each way of building a folder of its own. `--keep` leaves the folders.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkObjects, cmakeFlags, compareFlags, gypFlags } from './install_matrix/objects.mjs';
import { barePath, copyTree, npmScript, pathWithout, run } from './install_matrix/places.mjs';

const isFull = process.argv.includes('--full');
const MOST_BYTES = 10_000_000;
const temporary = mkdtempSync(path.join(os.tmpdir(), 'gridstride-matrix-'));
const place = (name) => path.join(temporary, name);
const results = [];

/** One row: runs `work`, whose text tells what was seen. Returns whether it went well. */
function row(name, needs, work) {
  const start = Date.now();
  const missing = needs.filter((each) => !results.some((result) => result.name === each && result.ok));
  let told = '';
  try {
    if (missing.length > 0) throw new Error(`needs the row ${missing.join(', ')}`);
    told = work() ?? '';
    results.push({ name, ok: true });
  } catch (error) {
    told = error.message;
    results.push({ name, ok: false });
  }
  const { ok } = results.at(-1);
  console.log(
    `${ok ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - start) / 1000).toFixed(0)} s)${told && `: ${told}`}`,
  );
}

const CHECK = `
const total = gridstride.add(gridstride.tensor([1, 2]), gridstride.tensor([3, 4]));
const values = await total.toArray();
if (values.join() !== '4,6') throw new Error('1 + 3, 2 + 4 gave ' + values);
console.log('add ran on ' + total.device);`;

/** A tiny op, by \`import\` and by \`require\`, in a folder that sees the package. */
function tryPackage(cwd, env = {}) {
  writeFileSync(path.join(cwd, 'try_import.mjs'), `import * as gridstride from 'gridstride';${CHECK}`);
  writeFileSync(
    path.join(cwd, 'try_require.cjs'),
    `const gridstride = require('gridstride');(async () => {${CHECK}})().catch((e) => { throw e; });`,
  );
  const told = ['try_import.mjs', 'try_require.cjs'].map((file) => run(process.execPath, [file], { cwd, env }).trim());
  return `import and require, ${told[0]}`;
}

/** A clean copy of the tree with its dependencies, built. */
function build(tree, env, buildArguments = []) {
  copyTree(tree);
  run('npm', ['ci', '--no-audit', '--prefer-offline'], { cwd: tree });
  return run(process.execPath, ['scripts/build_native.mjs', ...buildArguments], { cwd: tree, env })
    .trim()
    .split('\n')
    .at(-1);
}

const hidden = {
  nvcc: pathWithout(/^nvcc$/, place('no_nvcc')),
  cmake: pathWithout(/^(cmake\d*|nvcc)$/, place('no_cmake')),
};
const spaced = place('a path with spaces');
const gyp = place('node_gyp');

function buildRows() {
  row('CMake, no nvcc, path with spaces', [], () => build(spaced, { PATH: hidden.nvcc }));
  row('TypeScript and a tiny op', ['CMake, no nvcc, path with spaces'], () => {
    run('npm', ['run', '-s', 'build:ts'], { cwd: spaced });
    return tryPackage(spaced);
  });
  row('no CMake: node-gyp', [], () => build(gyp, { PATH: hidden.cmake }));
  row('node-gyp addon, a tiny op', ['no CMake: node-gyp', 'TypeScript and a tiny op'], () => {
    cpSync(path.join(spaced, 'dist'), path.join(gyp, 'dist'), { recursive: true });
    return tryPackage(gyp);
  });
}

function objectRows() {
  row('both builds: same sources, same flags', ['TypeScript and a tiny op', 'no CMake: node-gyp'], () => {
    return `${compareFlags(cmakeFlags(spaced), gypFlags(gyp))} compilations`;
  });
  for (const [kind, tree] of [
    ['cmake', spaced],
    ['gyp', gyp],
  ])
    row(`${kind} objects: no AVX outside its set`, [], () => `${checkObjects(tree, kind)} objects`);
}

function packRows() {
  const installed = place('installed');
  const env = { PATH: barePath(place('bare')) };
  let tarball;
  row('npm pack with prebuildify', ['TypeScript and a tiny op'], () => {
    run('npm', ['pack', '--pack-destination', temporary], { cwd: spaced, env: { PATH: hidden.nvcc } });
    tarball = path.join(
      temporary,
      readdirSync(temporary).find((name) => name.endsWith('.tgz')),
    );
    return checkTarball(tarball);
  });
  row('installed without compiler, without scripts', ['npm pack with prebuildify'], () => {
    mkdirSync(installed);
    writeFileSync(path.join(installed, 'package.json'), '{ "private": true }');
    const install = ['install', '--ignore-scripts', '--no-audit', '--prefer-offline', tarball];
    run(process.execPath, [npmScript(), ...install], { cwd: installed, env });
    return tryPackage(installed, env);
  });
  row('npx gridstride info', ['installed without compiler, without scripts'], () => {
    const told = run(process.execPath, [npmScript('npx'), '--no-install', 'gridstride', 'info', '--json'], {
      cwd: installed,
      env,
    });
    const { devices } = JSON.parse(told.trim().split('\n').at(-1));
    return devices.map(({ id }) => id).join(', ');
  });
}

/** The package holds the compiled library and the addon, within its size; no tests, no sources. */
function checkTarball(tarball) {
  const { size } = statSync(tarball);
  const files = run('tar', ['-tzf', tarball], { cwd: temporary }).trim().split('\n');
  const stray = files.filter((file) => !/^package\/(dist\/lib\/.*\.(js|d\.ts)|prebuilds\/.*\.node|[^/]+)$/.test(file));
  if (stray.length > 0) throw new Error(`files that do not belong there: ${stray.slice(0, 5).join(', ')}`);
  for (const needed of ['package/LICENSE', 'package/README.md', 'package/dist/lib/index.js'])
    if (!files.includes(needed)) throw new Error(`${needed} is missing`);
  if (!files.some((file) => file.endsWith('.node'))) throw new Error('no addon in it');
  if (size >= MOST_BYTES) throw new Error(`it has ${size} bytes, must be below ${MOST_BYTES}`);
  return `${(size / 1e6).toFixed(2)} MB, ${files.length} files`;
}

function fullRows() {
  for (const [name, env, buildArguments] of [
    ['CMake, nvcc as found', {}, []],
    ['CMake, no nvcc', { PATH: hidden.nvcc }, []],
    ['node-gyp, path with spaces', { PATH: hidden.cmake }, []],
    ['node-gyp by its flag', {}, ['--node-gyp']],
  ])
    row(name, ['TypeScript and a tiny op'], () => {
      const tree = place(name);
      build(tree, env, buildArguments);
      cpSync(path.join(spaced, 'dist'), path.join(tree, 'dist'), { recursive: true });
      const told = tryPackage(tree);
      rmSync(tree, { recursive: true });
      return told;
    });
}

buildRows();
objectRows();
packRows();
if (isFull) fullRows();
if (!process.argv.includes('--keep')) rmSync(temporary, { recursive: true, force: true });
else if (existsSync(temporary)) console.log(`left: ${temporary}`);
const failed = results.filter(({ ok }) => !ok).length;
console.log(`install matrix: ${results.length - failed} ok, ${failed} failed`);
process.exit(failed === 0 && results.length > 0 ? 0 : 1);
