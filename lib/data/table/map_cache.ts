import { createHash } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureWritableFolder, writeFileAtomic } from '../../util/atomic_write.js';
import { checkPath } from '../../util/checked_path.js';
import { ConfigError, DataError, GridstrideError } from '../../util/errors.js';
import { parseJson } from '../../util/json.js';
import { LoopPacer } from '../../util/yield.js';
import { readLines } from '../readers/lines.js';
import type { DataRow } from '../readers/source.js';
import { fromCached, toCached } from './cached_values.js';
import { ArrayRows, type RowSource } from './row_source.js';

/** Raised whenever the form of the files changes. */
const VERSION = 1;
const NAME = /^map-[0-9a-f]{32}\.jsonl$/;
/** Characters of rows written at a time. */
const PIECE = 1 << 16;

/** What a cached result depends on. @internal */
export interface CacheKey {
  folder: string;
  /** What the function uses beside its arguments, in the caller's words. */
  key: string | undefined;
  fn: (...args: never[]) => unknown;
  /** Options that change the result. */
  options: Readonly<Record<string, unknown>>;
  signal: AbortSignal | undefined;
}

/** The function's own text, which stands for what it does. */
function sourceOf({ fn, key }: CacheKey): string {
  const source = Function.prototype.toString.call(fn);
  if (key !== undefined || !/\{\s*\[native code\]\s*\}$/.test(source)) return source;
  throw new ConfigError('map: cacheKey must be given for a function without source (bound, native), got none');
}

/**
 * The file where a result is kept: its name is a hash of the rows, the function's source, the options and the key.
 *
 * @throws {ConfigError} The rows hold what no file keeps, or the function has no source and there is no key.
 * @internal
 */
export async function cacheFile(rows: RowSource<object>, cache: CacheKey): Promise<string> {
  checkPath('map', 'cacheDir', cache.folder, ConfigError);
  const hash = createHash('sha256');
  const head = [VERSION, sourceOf(cache), cache.key ?? null, toCached(cache.options), rows.columnNames, rows.length];
  hash.update(JSON.stringify(head));
  const pacer = new LoopPacer('map', { signal: cache.signal });
  for (let row = 0; row < rows.length; row++) {
    hash.update(`\n${rowText(rows.at(row), row)}`);
    if (pacer.isDue()) await pacer.pause();
  }
  return join(cache.folder, `map-${hash.digest('hex').slice(0, 32)}.jsonl`);
}

function rowText(row: object, index: number): string {
  try {
    return JSON.stringify(toCached({ ...row }));
  } catch (cause) {
    const got = cause instanceof RangeError ? cause.message : String(cause);
    throw new ConfigError(
      `map: rows must be plain values to be cached, got ${got} in row ${index}`,
      { row: index },
      { cause },
    );
  }
}

/** The file's pieces: a line that says what it is, a line for each row, and their hash. */
async function* contentsOf(rows: RowSource<object>, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const pacer = new LoopPacer('map', { signal });
  const hash = createHash('sha256');
  let piece = `${JSON.stringify({ version: VERSION, columnNames: rows.columnNames, rows: rows.length })}\n`;
  for (let row = 0; row < rows.length; row++) {
    piece += `${rowText(rows.at(row), row)}\n`;
    if (pacer.isDue()) await pacer.pause();
    if (piece.length < PIECE) continue;
    hash.update(piece);
    yield piece;
    piece = '';
  }
  hash.update(piece);
  yield `${piece}${JSON.stringify({ sha256: hash.digest('hex') })}\n`;
}

/**
 * Keeps a result, or leaves the file that was there.
 * @throws {CheckpointError} The file cannot be written.
 * @internal
 */
export async function writeCache(path: string, rows: RowSource<object>, { folder, signal }: CacheKey): Promise<void> {
  await ensureWritableFolder(folder);
  await writeFileAtomic(path, contentsOf(rows, signal), { signal });
}

/**
 * A kept result, or undefined where there is none or the file is not whole: it is then made and written anew.
 * @throws {AbortError} The signal fired.
 * @internal
 */
export async function readCache(path: string, { signal }: CacheKey): Promise<RowSource<object> | undefined> {
  try {
    return await readWhole(path, signal);
  } catch (error) {
    if (error instanceof GridstrideError && error.code === 'ABORTED') throw error;
    if (error instanceof RangeError || error instanceof DataError) return undefined;
    throw error;
  }
}

async function readWhole(path: string, signal: AbortSignal | undefined): Promise<RowSource<object>> {
  const pacer = new LoopPacer('map', { signal });
  const hash = createHash('sha256');
  const rows: DataRow[] = [];
  let head: { columnNames: string[]; rows: number } | undefined;
  let isWhole = false;
  for await (const lines of readLines('map', path, {})) {
    for (const { value: line } of lines) {
      if (isWhole) throw new RangeError('more after the end');
      if (line instanceof DataError) throw line;
      const value = parseJson(line, (got) => new RangeError(got)) as DataRow | null;
      if (head !== undefined && rows.length === head.rows) {
        isWhole = value?.['sha256'] === hash.digest('hex');
        if (!isWhole) throw new RangeError('another hash');
        continue;
      }
      hash.update(`${line}\n`);
      if (head === undefined) head = checkHead(value);
      else rows.push(checkRow(value));
      if (pacer.isDue()) await pacer.pause();
    }
  }
  if (head === undefined || !isWhole) throw new RangeError('an end too early');
  return new ArrayRows(rows, head.columnNames);
}

function checkHead(value: DataRow | null): { columnNames: string[]; rows: number } {
  const { version, columnNames, rows } = value ?? {};
  const isSound =
    version === VERSION &&
    Number.isSafeInteger(rows) &&
    Array.isArray(columnNames) &&
    columnNames.every((name) => typeof name === 'string');
  if (!isSound) throw new RangeError('another kind of file');
  return { columnNames: columnNames as string[], rows: rows as number };
}

function checkRow(value: unknown): DataRow {
  const row = fromCached(value);
  if (typeof row !== 'object' || row === null || Array.isArray(row)) throw new RangeError('a line that is no row');
  return row as DataRow;
}

/**
 * Deletes the results that {@link Dataset.map} keeps in a folder, and nothing else that is there.
 *
 * @returns How many there were.
 * @throws {DataError} The folder cannot be read.
 *
 * @example
 * ```ts
 * import { Dataset, removeMapCache } from 'gridstride';
 * const rows = Dataset.fromArray([{ text: 'a' }, { text: 'bb' }]);
 * await rows.map((row) => ({ length: row.text.length }), { cacheDir: 'results/map_cache' });
 * console.log(await removeMapCache('results/map_cache')); // 1
 * ```
 */
export async function removeMapCache(folder: string): Promise<number> {
  checkPath('removeMapCache', 'the folder', folder, DataError);
  const files = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new DataError(`removeMapCache: the folder must be readable, got ${error.code} for ${folder}`, { folder });
  });
  const ours = files.filter((name) => NAME.test(name));
  for (const name of ours) await rm(join(folder, name), { force: true });
  return ours.length;
}
