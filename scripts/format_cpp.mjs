// Formats all C++ and CUDA files (generated ones aside).
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { filesOf, root } from './check/files.mjs';

const files = filesOf(['native', 'kernels', 'test'], ['.h', '.cc', '.cu', '.cuh']).filter((f) => !f.endsWith('.gen.h'));
const result = spawnSync(path.join(root, 'node_modules/.bin/clang-format'), ['-i', ...files], {
  cwd: root,
  stdio: 'inherit',
});
process.exit(result.status ?? 1);
