#!/usr/bin/env node
// npm run check: everything but the tests. Each step prints how many things it looked at and fails when that is none.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const bin = (name) => path.join(root, 'node_modules/.bin', name);
const node = (script, ...args) => [process.execPath, [path.join(root, 'scripts', script), ...args]];

const steps = [
  [
    'format (TypeScript)',
    bin('prettier'),
    ['--check', '--log-level', 'warn', 'lib', 'test', 'bench', 'examples', 'scripts', '*.ts'],
  ],
  ['format (C++)', ...node('check/format_cpp.mjs')],
  ['lint', bin('oxlint'), ['--deny-warnings', 'lib', 'test', 'bench', 'examples', 'scripts']],
  ['types', bin('tsc'), ['-p', 'tsconfig.check.json', '--noEmit']],
  ['imports', ...node('check/imports.mjs')],
  ['kernel rules', ...node('check/kernel_rules.mjs')],
  ['sizes', ...node('check/sizes.mjs')],
  ['objects', ...node('check/objects.mjs')],
  ['generated files', ...node('generate.mjs', '--check')],
  ['documentation', ...node('check/documentation.mjs')],
  ['examples', ...node('check/examples.mjs')],
];

let failed = 0;
const wanted = process.argv.slice(2);
for (const [name, command, args] of steps) {
  if (wanted.length > 0 && !wanted.some((w) => name.startsWith(w))) continue;
  const start = Date.now();
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  const ok = result.status === 0;
  if (!ok) failed += 1;
  console.log(`check: ${name}: ${ok ? 'ok' : 'FAILED'} (${((Date.now() - start) / 1000).toFixed(1)} s)`);
}
console.log(failed === 0 ? 'check: all passed' : `check: ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
