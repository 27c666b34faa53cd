import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { checkPath } from '../../util/checked_path.js';
import { didYouMean } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import { Decoder, type TextPiece } from './decoder.js';

/** Bytes to read rows from: a file's path (`.gz` is unpacked), or any stream, such as `process.stdin`. */
export type DataSource = string | AsyncIterable<Uint8Array>;

/** @internal */
export const DATA_FORMATS = ['csv', 'tsv', 'jsonl', 'json', 'parquet', 'text', 'arrow', 'conll', 'squad'] as const;

/** The kinds of files that rows are read from. */
export type DataFormat = (typeof DATA_FORMATS)[number];

/** A row of named values. @internal */
export type DataRow = Record<string, unknown>;

/**
 * Some rows of a source in their order. A source without rows gives one chunk, for its columns' sake.
 * @internal
 */
export interface RowChunk {
  /** The columns seen by now, in order; formats that name their columns ahead give the same ones every time. */
  columnNames: readonly string[];
  rows: DataRow[];
}

/** What every reader takes. */
export interface RowReadOptions {
  /** The columns to keep, all of which must be there; all columns by default. */
  columns?: readonly string[];
  signal?: AbortSignal | undefined;
}

/** What readers of text take. */
export interface TextReadOptions extends RowReadOptions {
  /** As WHATWG names it: `utf-8` (the default), `latin1`, `utf-16le`, `shift_jis` ... Bytes that break it are refused. */
  encoding?: string;
  /**
   * Called for a record that is malformed, of another encoding, or too long: the row it returns takes the record's
   * place, without one there is none. By default the first such record ends the reading, as what does not say where the
   * next record begins always does: a CSV file's header, the brackets around the records of JSON.
   */
  onError?: ((error: DataError) => object | undefined) | undefined;
}

/** @internal */
export const READ_OPTIONS = ['columns', 'signal'] as const;
/** @internal */
export const TEXT_OPTIONS = [...READ_OPTIONS, 'encoding', 'onError'] as const;

/** What readers take beside their callers' options. @internal */
export interface ConvertOptions {
  /**
   * Makes another row of each. A {@link DataError} it throws is told with the row's place in the file, and goes to
   * `onError` as that of a malformed record does.
   */
  convert?: ((row: DataRow) => DataRow) | undefined;
}

/** Longest record of a text file, in UTF-16 units or bytes: an open quote must not read a whole disk into memory. */
export const MAX_RECORD = 1 << 24;

/** Rows of a chunk at most: small enough that making one does not hold the event loop. @internal */
export const CHUNK_ROWS = 500;

/** Small enough that parsing one piece does not hold the event loop. @internal */
export const PIECE_BYTES = 1 << 14;

/**
 * A source as an error's text names it.
 * @internal
 */
export function nameOf(source: DataSource): string {
  return typeof source === 'string' ? source : 'the stream';
}

/**
 * One source, or several, as a list.
 * @throws {DataError} One of them is neither a path nor a stream.
 * @internal
 */
export function toSources(where: string, sources: DataSource | readonly DataSource[]): readonly DataSource[] {
  const list: readonly unknown[] = Array.isArray(sources) ? sources : [sources];
  if (list.length === 0) throw new DataError(`${where}: there must be a file to read, got an empty list`);
  return list.map((source) => {
    if (typeof source === 'object' && source !== null && Symbol.asyncIterator in source) return source as DataSource;
    checkPath(where, 'a file', source, DataError);
    return source;
  });
}

/**
 * A source's bytes, unpacked, in small pieces.
 * @internal
 */
export async function* bytesOf(source: DataSource): AsyncGenerator<Uint8Array> {
  if (typeof source !== 'string') {
    for await (const piece of source)
      for (let start = 0; start < piece.length; start += PIECE_BYTES) yield piece.subarray(start, start + PIECE_BYTES);
    return;
  }
  const file = createReadStream(source, { highWaterMark: PIECE_BYTES });
  const isPacked = /\.gz$/i.test(source);
  // Both streams end with the first error, which the loop over the last one throws.
  yield* isPacked ? pipeline(file, createGunzip({ chunkSize: PIECE_BYTES }), () => undefined) : file;
}

/**
 * A source's text in small pieces, without byte order mark.
 * @throws {DataError} It cannot be read or unpacked.
 * @internal
 */
export async function* textOf(
  where: string,
  source: DataSource,
  { encoding = 'utf-8' }: TextReadOptions,
): AsyncGenerator<TextPiece> {
  const decoder = new Decoder(where, encoding);
  try {
    for await (const bytes of bytesOf(source)) yield decoder.decode(bytes);
  } catch (error) {
    throw toReadError(error, nameOf(source));
  }
  yield decoder.end();
}

/**
 * What is wrong with a record that holds bytes of another encoding.
 * @internal
 */
export function encodingRule({ encoding = 'utf-8' }: TextReadOptions): string {
  return `the text must be ${encoding} (option encoding), got other bytes`;
}

/**
 * What is wrong with a record of too many characters.
 * @internal
 */
export function lengthRule(what: string, limit = MAX_RECORD): string {
  return `a ${what} must be under ${limit} characters, got more`;
}

/**
 * An error at a line of a file; `file:line` is where it happened.
 * @internal
 */
export function lineError(source: DataSource, line: number, text: string, cause?: unknown): DataError {
  const path = nameOf(source);
  return new DataError(`${path}:${line}: ${text}`, { path, line }, cause === undefined ? {} : { cause });
}

/**
 * A failing read (no such file, no permission, broken gzip) as {@link DataError}; anything else as it is.
 * @internal
 */
export function toReadError(error: unknown, path: string): unknown {
  const code: unknown = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  if (typeof code !== 'string' || !(error instanceof Error)) return error;
  const isUnpacking = code.startsWith('Z_');
  if (!isUnpacking && !('syscall' in error)) return error;
  const rule = isUnpacking ? 'the file must be whole gzip' : 'the file must be readable';
  return new DataError(`${path}: ${rule}, got ${code}`, { path, reason: code }, { cause: error });
}

/**
 * What is wrong with columns that lack a wanted one; undefined when all are there.
 * @internal
 */
export function columnMissing(there: readonly string[], wanted: readonly string[]): string | undefined {
  const missing = wanted.find((name) => !there.includes(name));
  if (missing === undefined) return undefined;
  return `column ${missing} must be there, got ${there.join(', ') || 'none'}${didYouMean(missing, there)}`;
}

/**
 * Refuses a source that lacks a column, at a line.
 * @throws {DataError} A wanted column is not among those there.
 * @internal
 */
export function checkColumns(source: DataSource, line: number, there: readonly string[], wanted: readonly string[]) {
  const missing = columnMissing(there, wanted);
  if (missing !== undefined) throw lineError(source, line, missing);
}

/**
 * Refuses names that a row cannot have as keys.
 * @throws {DataError} A name comes twice or would set a prototype.
 * @internal
 */
export function checkNames(names: readonly string[], refuse: (text: string) => Error): void {
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name) || name === '__proto__')
      throw refuse(`column names must be unique and plain, got ${name} in ${names.slice(0, 20).join(', ')}`);
    seen.add(name);
  }
}
