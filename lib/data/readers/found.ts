import { DataError } from '../../util/errors.js';
import type { ConvertOptions, DataRow, RowChunk, TextReadOptions } from './source.js';

/** A record as a reader finds it: what it holds, or what is wrong with it, and the line where it begins. @internal */
export interface Found<T> {
  value: T | DataError;
  line: number;
  /** Its number, from 1, where lines alone do not say which one it is. */
  record?: number | undefined;
}

/** What makes rows of records. @internal */
export interface RowMaker<T> {
  toRow(found: Found<T> & { value: T }): DataRow;
  /** Those seen by now. */
  columnNames(): readonly string[];
  /** Makes an error at the record's place of a text. */
  locate(found: Found<T>, text: string, cause?: unknown): DataError;
  /** Told of each row that is given out. */
  note?(row: DataRow): void;
}

/**
 * The rows of records that are found some at a time. What was read before an error comes before it.
 * @throws {DataError} A record is malformed and the caller takes no errors.
 * @internal
 */
export async function* rowsOf<T>(
  records: AsyncIterable<readonly Found<T>[]>,
  maker: RowMaker<T>,
  options: TextReadOptions & ConvertOptions,
): AsyncGenerator<RowChunk> {
  for await (const list of records) {
    const rows: DataRow[] = [];
    try {
      for (const found of list) {
        const row = rowOrError(
          () => goodRow(found, maker),
          options,
          (text) => maker.locate(found, text),
        );
        if (row === undefined) continue;
        maker.note?.(row);
        rows.push(row);
      }
    } catch (error) {
      yield { columnNames: maker.columnNames(), rows };
      throw error;
    }
    yield { columnNames: maker.columnNames(), rows };
  }
  yield { columnNames: maker.columnNames(), rows: [] };
}

function goodRow<T>(found: Found<T>, maker: RowMaker<T>): DataRow {
  const { value } = found;
  if (value instanceof DataError) throw value;
  return maker.toRow({ ...found, value });
}

/**
 * What stands for a record: its row, what the caller puts in its place when it is malformed, or nothing.
 * @param locate Makes an error at the record's place of a text.
 * @throws {DataError} It is malformed and the caller takes no errors.
 * @internal
 */
export function rowOrError(
  make: () => DataRow,
  options: TextReadOptions & ConvertOptions,
  locate: (text: string) => DataError,
): DataRow | undefined {
  const { onError } = options;
  try {
    return converted(make(), options, locate);
  } catch (error) {
    if (onError === undefined || !(error instanceof DataError)) throw error;
    return onError(error) as DataRow | undefined;
  }
}

/** The caller's row for one that was read. */
function converted(row: DataRow, { convert }: ConvertOptions, locate: (text: string) => DataError): DataRow {
  try {
    return convert === undefined ? row : convert(row);
  } catch (error) {
    throw error instanceof DataError ? locate(error.message) : error;
  }
}
