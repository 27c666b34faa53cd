// clang-format of all C++ and CUDA files (generated ones aside).
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { filesOf, finish, root } from './files.mjs';

const files = filesOf(['native', 'kernels', 'test'], ['.h', '.cc', '.cu', '.cuh']).filter((f) => !f.endsWith('.gen.h'));
const result = spawnSync(path.join(root, 'node_modules/.bin/clang-format'), ['--dry-run', '-Werror', ...files], {
  cwd: root,
  encoding: 'utf8',
});
const bad = new Set([...result.stderr.matchAll(/^([^:\n]+):\d+:\d+: error/gm)].map((match) => match[1]));
finish(
  'format',
  files.length,
  [...bad].map((file) => `${file}: run npm run format`),
);
