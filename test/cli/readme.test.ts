import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { temporaryFolder } from './fixtures.js';

const ROOT = path.join(import.meta.dirname, '../..');

it("README's commands do what it says", async () => {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const block = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)]
    .map(([, text]) => text!)
    .find((text) => text.includes('gridstride train'));
  const folder = temporaryFolder();
  const program = `npx() { shift; "${process.execPath}" "${path.join(ROOT, 'dist/lib/cli/main.js')}" "$@" 2>/dev/null; }`;
  const script = `set -e\n${program}\n${block!}`;
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder });
  const lines = stdout.split('\n');
  expect(lines.find((line) => line.startsWith('{"label"'))).toMatch(/^\{"label":"good","score":0\.9/);
  expect(lines.find((line) => line.startsWith('{"loss"'))).toMatch(/"samples":10,"accuracy":1,"f1Macro":1\}$/);
  expect(stdout).toMatch(/McNemar's test: right in both \d+/);
  expect(existsSync(path.join(folder, 'results/more/data_args.json'))).toBe(true);
});
