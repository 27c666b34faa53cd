import { spawnSync } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const environment = { CCACHE_BASEDIR: root, CCACHE_NOHASHDIR: '1', ...process.env };

/** Runs a command in the project; ends the process with the command's last lines when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, env: environment, maxBuffer: 1 << 28, ...options });
  if (result.status === 0) return result.stdout;
  const text = `${result.error?.message ?? ''}${result.stdout ?? ''}${result.stderr ?? ''}`;
  process.stderr.write(`gpu:bundle: ${command} must succeed, got:\n${text.split('\n').slice(-60).join('\n')}\n`);
  process.exit(1);
}

export const parallel = String(os.availableParallelism());
