// runner.tar and addon.tar: their members are compressed inside, and gpu_prove.sh unpacks them where it runs.
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root, run } from './run.mjs';

const MIB = 2 ** 20;
const LIMITS = { runner: 10 * MIB, both: 45 * MIB };

/** The running Node without its symbols, compressed once for each version: it takes a minute. */
function compressedNode() {
  const version = createHash('sha256').update(readFileSync(process.execPath)).digest('hex').slice(0, 16);
  const kept = path.join(root, 'build/gpu_node', `${version}.xz`);
  if (existsSync(kept)) return kept;
  mkdirSync(path.dirname(kept), { recursive: true });
  const stripped = path.join(path.dirname(kept), version);
  copyFileSync(process.execPath, stripped);
  run('strip', [stripped]);
  run('xz', ['-T0', '-6', stripped]);
  return kept;
}

function tar(file, folder, members) {
  const fixed = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', '--mtime=@0'];
  run('tar', [...fixed, '-cf', file, '-C', folder, ...members]);
  return statSync(file).size;
}

/** Everything under a folder as NAME.tar.xz in `to`. */
function packFolder(folder, to, name) {
  const whole = path.join(to, `${name}.tar`);
  tar(whole, folder, ['.']);
  run('xz', ['-T0', '-6', whole]);
  return `${name}.tar.xz`;
}

function refuse(what, bytes, limit) {
  process.stderr.write(`gpu:bundle: ${what} must be below ${limit / MIB} MiB, got ${(bytes / MIB).toFixed(1)} MiB\n`);
  process.exit(1);
}

function packRunner(folder, program, about, to) {
  const members = ['gpu_prove.sh', 'bundle.json'];
  copyFileSync(path.join(root, 'scripts/gpu_bundle/gpu_prove.sh'), path.join(folder, 'gpu_prove.sh'));
  writeFileSync(path.join(folder, 'bundle.json'), `${JSON.stringify(about)}\n`);
  if (program !== undefined) {
    copyFileSync(program, path.join(folder, 'gpu_tests'));
    run('strip', [path.join(folder, 'gpu_tests')]);
    run('xz', ['-T0', '-6', path.join(folder, 'gpu_tests')]);
    members.push('gpu_tests.xz');
  }
  return tar(to, folder, members);
}

/** Writes both files to `out` and returns their sizes in bytes; ends the process when they are over their limits. */
export function pack({ app, runner, about, out }) {
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(path.join(tmpdir(), 'gridstride-gpu-'));
  try {
    const runnerBytes = packRunner(folder, runner, about, path.join(out, 'runner.tar'));
    copyFileSync(compressedNode(), path.join(folder, 'node.xz'));
    const addonBytes = tar(path.join(out, 'addon.tar'), folder, ['node.xz', packFolder(app, folder, 'app')]);
    if (runnerBytes > LIMITS.runner) refuse('runner.tar', runnerBytes, LIMITS.runner);
    if (runnerBytes + addonBytes > LIMITS.both) refuse('both files together', runnerBytes + addonBytes, LIMITS.both);
    return { runnerBytes, addonBytes };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
