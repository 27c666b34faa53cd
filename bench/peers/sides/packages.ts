import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { packageRoot } from '../../../lib/util/package_info.js';

const rivals = path.join(packageRoot(), 'bench', 'package.json');

/** Whether a rival's package is installed beside bench/package.json. */
export function isInstalled(name: string): boolean {
  return existsSync(path.join(path.dirname(rivals), 'node_modules', name));
}

/** Imports a rival's package as bench/package.json has it. */
export function requireRival(name: string): unknown {
  return createRequire(rivals)(name);
}

/** The version of a rival's package. */
export function rivalVersion(name: string): string {
  const file = path.join(path.dirname(rivals), 'node_modules', name, 'package.json');
  return (createRequire(rivals)(file) as { version: string }).version;
}
