import { fileURLToPath } from 'node:url';

/**
 * The file of a worker thread that stands beside a module. Sources run untranslated in tests; a worker needs the
 * compiled file.
 *
 * @param here The module's `import.meta.url`.
 * @param name The worker's compiled file, from the module's folder: `./x_worker.js`.
 * @internal
 */
export function workerFile(here: string, name: string): string {
  const compiled = here.endsWith('.ts') ? here.replace(/\/lib\/(?!.*\/lib\/)/, '/dist/lib/') : here;
  return fileURLToPath(new URL(name, compiled));
}
