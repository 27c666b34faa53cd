#!/usr/bin/env node
// Installs the examples' own packages (data) unless they are there.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const examples = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../examples');
const { dependencies } = JSON.parse(readFileSync(path.join(examples, 'package.json'), 'utf8'));
const missing = Object.keys(dependencies).filter((name) => !existsSync(path.join(examples, 'node_modules', name)));
if (missing.length > 0) {
  process.stdout.write(`examples: installing ${missing.join(', ')}\n`);
  const { status } = spawnSync('npm', ['ci', '--prefix', examples, '--no-audit'], { stdio: 'inherit' });
  process.exit(status ?? 1);
}
