import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A path of the material beside the repository, or undefined (with one line on the console) on a machine without it.
 */
export function sharedPath(path: string): string | undefined {
  const full = join(import.meta.dirname, '../../shared', path);
  if (existsSync(full)) return full;
  console.warn(`skipped: tests that read ../shared/${path}, which is not on this machine`);
  return undefined;
}
