// Files over 500 lines are refused, generated files, goldens and case tables aside; folders hold at most 25 files.
import path from 'node:path';
import { filesOf, finish, read } from './files.mjs';

const files = filesOf(
  ['lib', 'native', 'kernels', 'test', 'bench', 'examples', 'scripts'],
  ['.ts', '.mjs', '.cc', '.h', '.cu', '.cuh', '.py'],
);
const problems = [];
const folders = new Map();
for (const file of files) {
  const text = read(file);
  if (text.slice(0, 200).includes('do not edit')) continue; // made by a script
  const lines = text.split('\n').length - 1;
  if (lines > 500 && !file.endsWith('.cases.ts')) problems.push(`${file}: ${lines} lines, at most 500`);
  const folder = path.posix.dirname(file);
  folders.set(folder, (folders.get(folder) ?? 0) + 1);
}
// One stem per op in flat folders: these three grow with the number of ops.
const FLAT = new Set(['native/ops', 'native/cpu', 'lib/ops', 'test/ops', 'test/native', 'native/core']);
for (const [folder, count] of folders)
  if (count > 25 && !FLAT.has(folder)) problems.push(`${folder}: ${count} files, at most 25`);
finish('sizes', files.length, problems);
