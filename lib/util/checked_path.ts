import type { ErrorFields, GridstrideError } from './errors.js';

/**
 * Refuses what is no path: Node would throw an untyped error, or take an empty text for the current folder.
 *
 * @param what `the folder`, `the file`: what the path should lead to.
 * @throws An error of the class given.
 * @internal
 */
export function checkPath(
  where: string,
  what: string,
  path: unknown,
  ErrorClass: new (message: string, fields?: ErrorFields) => GridstrideError,
): asserts path is string {
  if (typeof path === 'string' && path !== '' && !path.includes('\0')) return;
  const got = typeof path === 'string' ? JSON.stringify(path) : path === null ? 'null' : typeof path;
  throw new ErrorClass(`${where}: ${what} must be a path, got ${got}`, { path });
}
