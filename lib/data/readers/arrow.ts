import { type FileHandle, open } from 'node:fs/promises';
import type { RecordBatch, Schema } from 'apache-arrow';
import { ConfigError, DataError, GridstrideError } from '../../util/errors.js';
import { LoopPacer } from '../../util/yield.js';
import { checkArrowFile, isArrowFile } from './arrow_file.js';
import { arrowFrames } from './arrow_frames.js';
import { ArrowUnpacker } from './arrow_unpacker.js';
import { checkColumn } from './arrow_values.js';
import {
  CHUNK_ROWS,
  type DataRow,
  type DataSource,
  type RowReadOptions,
  type RowChunk,
  bytesOf,
  checkColumns,
  checkNames,
  nameOf,
  toReadError,
} from './source.js';
import { plainValue } from './values.js';

/** What {@link Dataset.fromArrow} takes. */
export type ArrowOptions = RowReadOptions;

const WHERE = 'Dataset.fromArrow';

/** Rows of an {@link ArrowTable}. */
interface ArrowBatch {
  readonly numRows: number;
  getChildAt(index: number): { get(index: number): unknown } | null;
}

/** What is used of apache-arrow's `Table`, of whichever version of that library made it. */
export interface ArrowTable {
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
  readonly batches: readonly ArrowBatch[];
}

/** What is used of the library's readers. */
type AsyncBatches = AsyncIterable<RecordBatch> & { schema?: Schema };

/** @internal */
export function isTable(value: unknown): value is ArrowTable {
  return typeof value === 'object' && value !== null && 'batches' in value && 'schema' in value;
}

/** What unpacks messages: mutated by the thousand, they are no work for threads. */
type Unpacker = Pick<ArrowUnpacker, 'unpack' | 'close'>;

/** The columns asked for, each with its place. */
function placesOf(source: DataSource, names: readonly string[], columns: readonly string[] = names) {
  checkNames(names, (text) => new DataError(`${nameOf(source)}: ${text}`));
  checkColumns(source, 1, names, columns);
  return columns.map((name) => [name, names.indexOf(name)] as const);
}

function* chunksOf(batch: ArrowBatch, places: readonly (readonly [string, number])[]): Generator<RowChunk> {
  const columns = places.map(([name, place]) => ({ name, vector: batch.getChildAt(place)! }));
  const columnNames = places.map(([name]) => name);
  for (let start = 0; start < batch.numRows; start += CHUNK_ROWS) {
    const rows: DataRow[] = [];
    for (let i = start; i < Math.min(start + CHUNK_ROWS, batch.numRows); i++) {
      const row: DataRow = {};
      for (const { name, vector } of columns) row[name] = plainValue(vector.get(i));
      rows.push(row);
    }
    yield { columnNames, rows };
  }
}

/**
 * The rows of a table in memory.
 * @internal
 */
export async function* tableChunks(table: ArrowTable, options: ArrowOptions): AsyncGenerator<RowChunk> {
  if (!Array.isArray(table.batches)) throw new ConfigError(`${WHERE}: a table must be one of apache-arrow`);
  const places = placesOf(
    'the table',
    table.schema.fields.map(({ name }) => name),
    options.columns,
  );
  yield { columnNames: places.map(([name]) => name), rows: [] };
  const pacer = new LoopPacer(WHERE, options);
  for (const batch of table.batches) {
    for (const chunk of chunksOf(batch, places)) {
      yield chunk;
      if (pacer.isDue()) await pacer.pause();
    }
  }
}

/** The batches of checked messages: of a file by its footer; of a packed one, and of anything else, from the front. */
async function openReader(
  source: DataSource,
  handle: FileHandle | undefined,
  unpacker: Unpacker,
): Promise<AsyncBatches> {
  const { RecordBatchReader } = await import('apache-arrow');
  const isFile = handle !== undefined && (await isArrowFile(handle)) && !(await checkArrowFile(handle));
  const reader = isFile
    ? RecordBatchReader.from(handle)
    : RecordBatchReader.from(arrowFrames(bytesOf(source), (message) => unpacker.unpack(message)));
  return (await reader).open() as Promise<AsyncBatches>;
}

/**
 * The rows of an Arrow file or stream (IPC format, also with LZ4 or Zstandard), batch by batch.
 * @internal
 */
export async function* readArrow(
  source: DataSource,
  options: ArrowOptions,
  unpacker: Unpacker = new ArrowUnpacker(WHERE, options.signal),
): AsyncGenerator<RowChunk> {
  const pacer = new LoopPacer(WHERE, options);
  const isPlain = typeof source === 'string' && !/\.gz$/i.test(source);
  let handle: FileHandle | undefined;
  try {
    handle = isPlain ? await open(source, 'r') : undefined;
    const reader = await openReader(source, handle, unpacker);
    if (reader.schema === undefined) throw new RangeError('no schema');
    const names = reader.schema.fields.map(({ name }) => name);
    const places = placesOf(source, names, options.columns);
    yield { columnNames: places.map(([name]) => name), rows: [] };
    for await (const batch of reader) {
      for (const [, place] of places)
        for (const _ of checkColumn(batch.data.children[place]!, batch.numRows)) if (pacer.isDue()) await pacer.pause();
      yield* chunksOf(batch, places);
    }
  } catch (error) {
    throw toArrowError(error, source);
  } finally {
    await unpacker.close();
    await handle?.close();
  }
}

function toArrowError(error: unknown, source: DataSource): unknown {
  const known = toReadError(error, nameOf(source));
  if (!(known instanceof Error) || known instanceof GridstrideError) return known;
  const rule = 'the file must be whole Arrow (IPC)';
  return new DataError(`${nameOf(source)}: ${rule}, got ${known.message}`, { path: nameOf(source) }, { cause: error });
}
