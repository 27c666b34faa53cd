import { ConfigError, DataError } from '../../util/errors.js';
import { LoopPacer } from '../../util/yield.js';
import { cacheFile, readCache, writeCache } from './map_cache.js';
import { ArrayRows, type RowSource } from './row_source.js';

const DEFAULT_BATCH_SIZE = 1000;

/** Columns of a batch by name: arrays of equal length. */
export type ColumnArrays = Record<string, ArrayLike<unknown>>;

/** The columns of a batch of rows. */
export type BatchOf<Row> = { [Key in keyof Row]: Row[Key][] };

/** The columns of `Old` and `New`; `New` wins where both have one. */
export type Merged<Old, New> = { [Key in keyof (Omit<Old, keyof New> & New)]: (Omit<Old, keyof New> & New)[Key] };

/** A function over rows; see {@link Dataset.map}. */
export type RowMapper<Row, Out> = (row: Readonly<Row>, index: number) => Out | Promise<Out>;

/** A function over batches of columns; see {@link Dataset.map}. */
export type BatchMapper<Row, Out> = (batch: BatchOf<Row>, firstIndex: number) => Out | Promise<Out>;

/** What {@link Dataset.map} takes beside the function. */
export interface MapOptions<Removed extends string> {
  /** Whether the function gets columns of a batch in place of a row; false by default. */
  batched?: boolean;
  /** Rows in a batch; 1000 by default. */
  batchSize?: number;
  /** Columns of the old rows that the new ones lack. */
  removeColumns?: Removed | readonly Removed[];
  /**
   * Folder that keeps the result: the same function over the same rows with the same options is read from there.
   * {@link removeMapCache} empties it.
   */
  cacheDir?: string;
  /**
   * What the function uses beside its arguments (a tokenizer's name, a length): only its source is seen, and not what it
   * refers to.
   */
  cacheKey?: string;
  signal?: AbortSignal | undefined;
}

/** @internal */
export interface MapSource<Row extends object> {
  rows: RowSource<Row>;
  /** Columns of the old rows that the new ones keep. */
  kept: readonly string[];
}

/**
 * Rows with a function's columns, made now or kept from an earlier run.
 * @internal
 */
export async function mapOrRead<Row extends object>(
  source: MapSource<Row>,
  fn: RowMapper<Row, object> | BatchMapper<Row, ColumnArrays>,
  options: MapOptions<string>,
): Promise<RowSource<object>> {
  const map = (): Promise<RowSource<object>> =>
    options.batched
      ? mapBatches(source, fn as BatchMapper<Row, ColumnArrays>, options)
      : mapRows(source, fn as RowMapper<Row, object>, options);
  const { cacheDir: folder, cacheKey: key, signal, batched, batchSize } = options;
  if (folder === undefined) return map();
  const cache = { folder, key, fn, signal, options: { batched, batchSize, kept: source.kept } };
  const path = await cacheFile(source.rows, cache);
  const kept = await readCache(path, cache);
  if (kept !== undefined) return kept;
  const mapped = await map();
  await writeCache(path, mapped, cache);
  return mapped;
}

function pick(row: object, names: readonly string[]): Record<string, unknown> {
  const picked: Record<string, unknown> = {};
  for (const name of names) picked[name] = (row as Record<string, unknown>)[name];
  return picked;
}

function checkObject(value: unknown, where: string): void {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  const got = Array.isArray(value) ? 'an array' : String(value);
  throw new DataError(`map: the function must return an object of columns, got ${got} for ${where}`);
}

/** Row by row; only a function that returns a promise is awaited. */
async function mapRows<Row extends object>(
  { rows, kept }: MapSource<Row>,
  fn: RowMapper<Row, object>,
  { signal }: MapOptions<string>,
): Promise<RowSource<object>> {
  const pacer = new LoopPacer('map', { signal });
  const mapped: object[] = [];
  for (let i = 0; i < rows.length; i++) {
    const row = rows.at(i);
    const returned = fn(row, i);
    const out = returned instanceof Promise ? await returned : returned;
    checkObject(out, `row ${i}`);
    mapped.push(Object.assign(pick(row, kept), out));
    if (pacer.isDue()) await pacer.pause();
  }
  return new ArrayRows(mapped, mapped.length === 0 ? kept : undefined);
}

/** Batch by batch. When no old column is kept, a batch may give more or fewer rows than it had. */
async function mapBatches<Row extends object>(
  { rows, kept }: MapSource<Row>,
  fn: BatchMapper<Row, ColumnArrays>,
  { signal, batchSize = DEFAULT_BATCH_SIZE }: MapOptions<string>,
): Promise<RowSource<object>> {
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new ConfigError(`map: batchSize must be a positive integer, got ${batchSize}`, { batchSize });
  }
  const pacer = new LoopPacer('map', { signal });
  const mapped: object[] = [];
  for (let start = 0; start < rows.length; start += batchSize) {
    const batch = Array.from({ length: Math.min(batchSize, rows.length - start) }, (_, i) => rows.at(start + i));
    const columns = toColumns(batch, rows.columnNames) as BatchOf<Row>;
    const out = await fn(columns, start);
    checkObject(out, `the batch from row ${start}`);
    const length = lengthOf(out, kept.length > 0 ? batch.length : undefined, start);
    const names = Object.keys(out);
    for (let i = 0; i < length; i++) {
      const row = kept.length > 0 ? pick(batch[i]!, kept) : {};
      for (const name of names) row[name] = out[name]![i];
      mapped.push(row);
      if (pacer.isDue()) await pacer.pause();
    }
  }
  return new ArrayRows(mapped, mapped.length === 0 ? kept : undefined);
}

function toColumns(batch: readonly object[], names: readonly string[]): Record<string, unknown[]> {
  return Object.fromEntries(names.map((name) => [name, batch.map((row) => (row as Record<string, unknown>)[name])]));
}

function lengthOf(columns: ColumnArrays, expected: number | undefined, start: number): number {
  const lengths = Object.entries(columns).map(([name, values]) => [name, values?.length] as const);
  const wanted = expected ?? lengths[0]?.[1] ?? 0;
  for (const [name, length] of lengths) {
    if (length === wanted) continue;
    const rule = `columns of a batch must have the same length ${wanted}`;
    throw new DataError(`map: ${rule}, got ${length} values of ${name} for the batch from row ${start}`, {
      column: name,
      length,
    });
  }
  return wanted;
}
