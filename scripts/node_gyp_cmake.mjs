#!/usr/bin/env node
// Stands in for node-gyp under prebuildify (`rebuild --target=V --arch=A ...`): the addon is built as always, for Node-API
// makes the target version irrelevant.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const arch = process.argv.find((argument) => argument.startsWith('--arch='))?.slice('--arch='.length);
if (arch !== undefined && arch !== process.arch) {
  console.error(`prebuildify: only this machine's architecture can be built, ${process.arch}, got ${arch}`);
  process.exit(1);
}
const build = path.join(path.dirname(fileURLToPath(import.meta.url)), 'build_native.mjs');
process.exit(spawnSync(process.execPath, [build], { stdio: 'inherit' }).status ?? 1);
