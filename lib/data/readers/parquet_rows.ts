import { type FileHandle, open } from 'node:fs/promises';
import {
  type AsyncBuffer,
  type FileMetaData,
  type RowGroup,
  type SchemaTree,
  parquetMetadata,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { DataError } from '../../util/errors.js';
import { compressors } from './parquet_compressors.js';
import { checkPages } from './parquet_pages.js';
import { ThriftReader } from './parquet_thrift.js';
import { type DataRow, type RowReadOptions, checkColumns, checkNames, toReadError } from './source.js';
import { plainValue } from './values.js';

const MAX_FOOTER = 1 << 26;
/** Most rows of a row group, and values of one of its columns: writers make groups of 10^5 to 10^6 rows. */
const MAX_GROUP_ROWS = 1 << 24;
const MAX_GROUP_VALUES = 1 << 26;
const MAGIC = 'PAR1';

/** The columns of a file, and its rows, one row group at a time. @internal */
export interface ParquetFile {
  columnNames: readonly string[];
  groups: AsyncGenerator<DataRow[]>;
}

/** Reads just these bytes; hostile offsets end in an error, not in a read of another length. */
async function readRange(handle: FileHandle, size: number, start: number, end: number): Promise<ArrayBuffer> {
  const isInside =
    Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end && end <= size;
  if (!isInside) throw new RangeError(`a range from ${start} to ${end} of ${size} bytes`);
  const bytes = new Uint8Array(end - start);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new RangeError('a file that became shorter');
    done += bytesRead;
  }
  return bytes.buffer;
}

function bufferOf(handle: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    slice(start: number, end: number = byteLength): Promise<ArrayBuffer> {
      const reading = readRange(handle, byteLength, start, end);
      // The decoder reads ahead, and when it stops at an earlier error nobody awaits what it read.
      reading.catch(() => undefined);
      return reading;
    },
  };
}

/** The metadata, and where it starts. */
async function readFooter(file: AsyncBuffer): Promise<{ metadata: FileMetaData; start: number }> {
  const size = file.byteLength;
  if (size < 12) throw new RangeError(`${size} bytes`);
  const tail = Buffer.from(await file.slice(size - 8, size));
  if (tail.toString('latin1', 4) !== MAGIC) throw new RangeError('a file that does not end in PAR1');
  const length = tail.readUInt32LE(0);
  if (length > Math.min(size - 12, MAX_FOOTER)) throw new RangeError(`metadata of ${length} bytes`);
  const start = size - 8 - length;
  const footer = await file.slice(start, size);
  new ThriftReader(new Uint8Array(footer, 0, length)).struct();
  return { metadata: parquetMetadata(footer, { geoparquet: false }), start };
}

/** First byte of each column chunk's pages, and the one past their last. */
function rangeOf({ meta_data: meta, file_path: path }: RowGroup['columns'][number]): [number, number] {
  if (meta === undefined || path !== undefined) throw new RangeError('columns in another file');
  const dictionary = Number(meta.dictionary_page_offset ?? 0);
  const data = Number(meta.data_page_offset);
  const start = dictionary > 0 && dictionary < data ? dictionary : data;
  return [start, start + Number(meta.total_compressed_size)];
}

function checkGroups(groups: readonly RowGroup[], leaves: number, end: number): void {
  let bytes = 0;
  for (const { num_rows: rows, columns } of groups) {
    if (!(rows >= 0n && rows <= MAX_GROUP_ROWS)) throw new RangeError(`a row group of ${rows} rows`);
    if (columns.length !== leaves) throw new RangeError(`a row group of ${columns.length} columns, not ${leaves}`);
    for (const column of columns) {
      const [from, to] = rangeOf(column);
      const values = column.meta_data!.num_values;
      if (!(from >= 4 && from <= to && to <= end)) throw new RangeError(`a column at bytes ${from} to ${to} of ${end}`);
      if (!(values >= 0n && values <= MAX_GROUP_VALUES)) throw new RangeError(`a column of ${values} values`);
      bytes += to - from;
    }
  }
  if (bytes > end) throw new RangeError('columns that overlap');
  // Without an index the decoder walks the pages one by one, as they are checked.
  for (const column of groups.flatMap(({ columns }) => columns)) {
    delete column.offset_index_offset;
    delete column.column_index_offset;
  }
}

/** The schema's elements from below the root to a leaf. */
function pathTo(schema: SchemaTree, names: readonly string[]): SchemaTree[] {
  const path: SchemaTree[] = [];
  let node: SchemaTree | undefined = schema;
  for (const name of names) {
    node = node.children.find((child) => child.element.name === name);
    if (node === undefined) throw new RangeError(`a column ${name} that the schema lacks`);
    path.push(node);
  }
  if (node.children.length > 0) throw new RangeError(`a column ${names.join('.')} that is a group`);
  return path;
}

function countLeaves(schema: SchemaTree): number {
  return schema.children.length === 0 ? 1 : schema.children.reduce((sum, child) => sum + countLeaves(child), 0);
}

async function checkGroup(file: AsyncBuffer, group: RowGroup, schema: SchemaTree, columns: readonly string[]) {
  // The decoder would read levels of it, which no page has.
  if (schema.element.repetition_type === 'REPEATED') throw new RangeError('a schema whose root is repeated');
  for (const column of group.columns) {
    const meta = column.meta_data!;
    const path = pathTo(schema, meta.path_in_schema);
    if (!columns.includes(path[0]!.element.name)) continue;
    const repetitions = path.map(({ element }) => element.repetition_type);
    const maxRepetition = repetitions.filter((type) => type === 'REPEATED').length;
    const maxDefinition = repetitions.filter((type) => type !== 'REQUIRED').length;
    if (maxRepetition === 0 && meta.num_values !== group.num_rows)
      throw new RangeError(`${meta.num_values} values of ${path[0]!.element.name} in ${group.num_rows} rows`);
    const [from, to] = rangeOf(column);
    checkPages(new Uint8Array(await file.slice(from, to)), { meta, maxRepetition, maxDefinition });
  }
}

async function* readGroups(
  file: AsyncBuffer,
  metadata: FileMetaData,
  schema: SchemaTree,
  columns: readonly string[],
): AsyncGenerator<DataRow[]> {
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    await checkGroup(file, group, schema, columns);
    const rows = await parquetReadObjects({
      file,
      metadata,
      columns: [...columns],
      rowStart,
      rowEnd,
      compressors,
      geoparquet: false,
    });
    if (rows.length !== rowEnd - rowStart) throw new RangeError(`${rows.length} rows of ${rowEnd - rowStart}`);
    for (const row of rows) for (const name of columns) row[name] = plainValue(row[name]);
    yield rows;
    rowStart = rowEnd;
  }
}

/**
 * The columns and rows of a Parquet file's bytes.
 *
 * @param path The file, as errors name it.
 * @throws {DataError} It is no whole Parquet file.
 * @internal
 */
export async function parquetFile(file: AsyncBuffer, path: string, options: RowReadOptions): Promise<ParquetFile> {
  try {
    const { metadata, start } = await readFooter(file);
    const schema = parquetSchema(metadata);
    checkGroups(metadata.row_groups, countLeaves(schema), start);
    const names = schema.children.map((child) => child.element.name);
    checkNames(names, (text) => new RangeError(text));
    checkColumns(path, 1, names, options.columns ?? []);
    const columnNames = [...(options.columns ?? names)];
    return { columnNames, groups: withErrors(path, readGroups(file, metadata, schema, columnNames)) };
  } catch (error) {
    throw toParquetError(error, path);
  }
}

async function* withErrors(path: string, groups: AsyncGenerator<DataRow[]>): AsyncGenerator<DataRow[]> {
  try {
    yield* groups;
  } catch (error) {
    throw toParquetError(error, path);
  }
}

/**
 * Opens a Parquet file; the caller runs `groups` to its end, or returns it, to close the file again. Decoding holds the
 * thread for as long as a row group takes: `readParquet` does it in a worker.
 *
 * @throws {DataError} It cannot be read or is no whole Parquet file.
 * @internal
 */
export async function openParquet(path: string, options: RowReadOptions): Promise<ParquetFile> {
  const handle = await open(path, 'r').catch((error: unknown) => {
    throw toReadError(error, path);
  });
  try {
    const { size } = await handle.stat();
    const { columnNames, groups } = await parquetFile(bufferOf(handle, size), path, options);
    return { columnNames, groups: closing(handle, groups) };
  } catch (error) {
    await handle.close();
    throw toReadError(error, path);
  }
}

async function* closing(handle: FileHandle, groups: AsyncGenerator<DataRow[]>): AsyncGenerator<DataRow[]> {
  try {
    yield* groups;
  } finally {
    await handle.close();
  }
}

function toParquetError(error: unknown, path: string): unknown {
  const known = toReadError(error, path);
  if (known instanceof DataError) return known;
  const got = error instanceof Error ? error.message : String(error);
  return new DataError(`${path}: the file must be whole Parquet, got ${got}`, { path }, { cause: error });
}
