// The project's own files, from the working tree.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

const SKIPPED = new Set(['node_modules', 'dist', 'build', 'prebuilds', '.git', 'results']);

/** Paths below the given folders (relative to the root, with /) that end in one of the extensions. */
export function filesOf(folders, extensions) {
  const found = [];
  const walk = (folder) => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const file = path.posix.join(folder, entry.name);
      if (entry.isDirectory() && !SKIPPED.has(entry.name)) walk(file);
      else if (entry.isFile() && extensions.some((extension) => entry.name.endsWith(extension))) found.push(file);
    }
  };
  folders.forEach(walk);
  return found.sort();
}

export const read = (file) => readFileSync(path.join(root, file), 'utf8');

/** Prints the problems and a closing count; ends the process with 1 when there are any, or nothing was looked at. */
export function finish(what, looked, problems) {
  for (const problem of problems) console.error(`  ${problem}`);
  console.log(`${what}: ${looked} looked at, ${problems.length} problems`);
  process.exit(looked === 0 || problems.length > 0 ? 1 : 0);
}
