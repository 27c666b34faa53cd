import { createReadStream, type ReadStream } from 'node:fs';
import { checkPath } from '../util/checked_path.js';
import { didYouMean } from '../util/did_you_mean.js';
import { DataError } from '../util/errors.js';

/** Longest record of a text file, in UTF-16 units or bytes: an open quote must not read a whole disk into memory. */
export const MAX_RECORD = 1 << 24;

/** Small enough that parsing one piece does not hold the event loop. */
const PIECE_BYTES = 1 << 14;

/** Rows of text files and the columns they have. */
export interface FileRows {
  rows: object[];
  columnNames: string[];
}

/**
 * One path, or several, as a list.
 * @throws {DataError} One of them is no path.
 * @internal
 */
export function toPaths(where: string, paths: string | readonly string[]): readonly string[] {
  const list: readonly unknown[] = Array.isArray(paths) ? paths : [paths];
  return list.map((path) => {
    checkPath(where, 'a file', path, DataError);
    return path;
  });
}

/**
 * A file as a stream of small pieces.
 * @internal
 */
export function openText(path: string, encoding?: BufferEncoding): ReadStream {
  return createReadStream(path, { highWaterMark: PIECE_BYTES, ...(encoding === undefined ? {} : { encoding }) });
}

/**
 * An error at a line of a file; `file:line` is where it happened.
 * @internal
 */
export function lineError(path: string, line: number, text: string, cause?: unknown): DataError {
  return new DataError(`${path}:${line}: ${text}`, { path, line }, cause === undefined ? {} : { cause });
}

/**
 * A failing read (no such file, no permission) as {@link DataError}; anything else as it is.
 * @internal
 */
export function toReadError(error: unknown, path: string): unknown {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  const isSystemError = error instanceof Error && 'syscall' in error;
  if (!isSystemError || code === undefined) return error;
  const text = `${path}: the file must be readable, got ${code}`;
  return new DataError(text, { path, reason: code }, { cause: error });
}

/**
 * Refuses a file that lacks a column.
 * @throws {DataError} A wanted column is not among those there.
 * @internal
 */
export function checkColumns(path: string, line: number, there: readonly string[], wanted: readonly string[]): void {
  const missing = wanted.find((name) => !there.includes(name));
  if (missing === undefined) return;
  const nearest = didYouMean(missing, there);
  throw lineError(path, line, `column ${missing} must be there, got ${there.join(', ') || 'none'}${nearest}`);
}
