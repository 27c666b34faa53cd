// npm run dev -- <stem>: rebuilds and runs the tests whose path or case names contain the stem.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const stem = process.argv[2];
if (stem === undefined) {
  console.error('usage: npm run dev -- <stem>, e.g. layer_norm');
  process.exit(2);
}
const run = (command, args) => {
  const status = spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status ?? 1;
  if (status !== 0) process.exit(status);
};
run(process.execPath, [path.join(root, 'scripts/generate.mjs')]);
run(process.execPath, [path.join(root, 'scripts/build_native.mjs')]);
const vitest = path.join(root, 'node_modules/.bin/vitest');
run(vitest, ['run', '--passWithNoTests', stem]);
run(vitest, ['run', 'test/ops', '-t', stem]);
