#!/usr/bin/env node
// Builds the addon. CMake >= 3.24 gives the CPU engine and, where nvcc is found, the CUDA library beside it;
// without CMake, node-gyp builds the CPU engine alone. Arguments of the form -DNAME=VALUE go to CMake.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { haveCMake } from './cmake.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const args = process.argv.slice(2);
const definitions = args.filter((a) => a.startsWith('-D')).map((a) => `--CD${a.slice(2)}`);
const verbose = args.includes('--verbose');
// ccache (used when there) hits between checkouts when paths count relative to the root.
const environment = { CCACHE_BASEDIR: root, CCACHE_NOHASHDIR: '1', ...process.env };

/** Runs a Node script; its output goes to build/<label>.log and is shown only when it fails. */
function run(script, scriptArgs, label, env = environment) {
  mkdirSync(path.join(root, 'build'), { recursive: true });
  const log = path.join(root, 'build', `${label}.log`);
  const out = verbose ? 'inherit' : openSync(log, 'w');
  const result = spawnSync(process.execPath, [script, ...scriptArgs], { cwd: root, stdio: ['ignore', out, out], env });
  if (out !== 'inherit') closeSync(out);
  if (result.status === 0) return;
  if (!verbose) process.stderr.write(readFileSync(log, 'utf8').split('\n').slice(-60).join('\n'));
  process.exit(result.status ?? 1);
}

function buildWithCMake() {
  const cmakeJs = require.resolve('cmake-js/bin/cmake-js');
  const stamp = path.join(root, 'build/definitions.txt');
  const wanted = definitions.join('\n');
  const configured = existsSync(path.join(root, 'build/CMakeCache.txt')) && existsSync(stamp);
  if (!configured || readFileSync(stamp, 'utf8') !== wanted) {
    process.stdout.write('native: configuring (CMake)\n');
    // The environment's flags, in place of cmake-js's for a header that is not included.
    const flags = `-DCMAKE_CXX_FLAGS=${process.env.CXXFLAGS ?? ''}`;
    run(cmakeJs, ['configure', ...definitions, '--', flags], 'configure');
    writeFileSync(stamp, wanted);
  }
  run(cmakeJs, ['build', '--parallel', String(os.availableParallelism())], 'build');
}

function buildWithNodeGyp() {
  process.stdout.write('native: CMake >= 3.24 not used; building the CPU engine with node-gyp\n');
  const prefix = path.resolve(process.execPath, '../..');
  const headers = existsSync(path.join(prefix, 'include/node/node_api.h')) ? [`--nodedir=${prefix}`] : [];
  const args = ['rebuild', `--jobs=${os.availableParallelism()}`, '-C', 'native', ...headers];
  // V=1 puts whole command lines into the log: the install matrix compares their flags with CMake's.
  const env = { ...environment, V: '1' };
  if (spawnSync('ccache', ['--version']).status === 0) env.CXX = `ccache ${env.CXX ?? 'g++'}`;
  run(require.resolve('node-gyp/bin/node-gyp.js'), args, 'node-gyp', env);
}

const start = Date.now();
if (args.includes('--clean')) rmSync(path.join(root, 'build'), { recursive: true, force: true });
if (haveCMake() && !args.includes('--node-gyp')) buildWithCMake();
else buildWithNodeGyp();
const cuda = existsSync(path.join(root, 'build/Release/libgridstride_cuda.so')) ? ' + CUDA library' : ' (CPU)';
process.stdout.write(`native: build/Release/gridstride.node${cuda} in ${((Date.now() - start) / 1000).toFixed(1)} s\n`);
