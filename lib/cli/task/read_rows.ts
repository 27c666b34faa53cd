import { type DataLoadOptions, readSources } from '../../data/readers/formats.js';
import type { DataRow, RowChunk } from '../../data/readers/source.js';
import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import type { CliIo } from '../io.js';
import type { Columns } from './columns.js';
import { gather } from './gather.js';

/** A row of data as classifiers see it. @internal */
export interface TextRow<Label = unknown> {
  text: string;
  textPair?: string;
  label?: Label;
  /** What is wrong with the row, where such rows are kept. */
  error?: string;
}

/** How rows are read. @internal */
export interface ReadOptions<Label> {
  columns: Columns;
  /** Makes a label of the column's value; without it, that column is not read. */
  label?: ((value: unknown) => Label) | undefined;
  /** Whether a bad row stands for itself, with its error, in place of ending the reading. */
  keepsBadRows?: boolean;
}

/** What is tokenized and computed at a time, in rows and in characters. */
const LIMITS = {
  rows: 256,
  size: 1 << 19,
  sizeOf: ({ text, textPair = '' }: TextRow) => text.length + textPair.length,
};

function textOf(row: DataRow, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new DataError(`column ${column} must hold texts, got ${shown(value)}`, { column });
}

async function* rowsOf<Row>(chunks: AsyncIterable<RowChunk>): AsyncGenerator<Row[]> {
  for await (const { rows } of chunks) yield rows as Row[];
}

/** What is read of a source, and what is made of it. @internal */
export interface ConvertedRead {
  columns: Columns;
  /** Names of the columns that are read. */
  wanted: readonly string[];
  convert(row: DataRow): DataRow;
  /** Makes a row of a bad one in place of ending the reading. */
  onError?: (error: DataError) => DataRow;
}

/**
 * The rows of a file, or of standard input (`-`), converted while they are read.
 * @throws DataError naming file and line
 * @internal
 */
export async function* convertedRows<Row>(
  where: string,
  source: string,
  { columns, wanted, convert, onError }: ConvertedRead,
  io: CliIo,
): AsyncGenerator<Row[]> {
  const { format, header, quote } = columns;
  const options: DataLoadOptions = {
    format,
    columns: [...new Set(wanted)],
    signal: io.signal,
    ...(!header && { header }),
    ...(quote !== undefined && { quote }),
    ...(onError && { onError }),
  };
  const from = source === '-' ? io.stdin : source;
  yield* rowsOf<Row>(readSources(where, [from], options, undefined, convert));
}

/**
 * The rows of a file, or of standard input (`-`), some at a time.
 * @throws DataError naming file and line
 * @internal
 */
export async function* readRows<Label = unknown>(
  where: string,
  source: string,
  { columns, label, keepsBadRows = false }: ReadOptions<Label>,
  io: CliIo,
): AsyncGenerator<TextRow<Label>[]> {
  const { text, textPair } = columns;
  const convert = (row: DataRow): DataRow => ({
    text: textOf(row, text),
    ...(textPair !== undefined && { textPair: textOf(row, textPair) }),
    ...(label !== undefined && { label: label(row[columns.label]) }),
  });
  const wanted = [text, textPair, label && columns.label].filter((name) => name !== undefined);
  const onError = ({ message }: DataError) => ({ text: '', error: message });
  const read = { columns, wanted, convert, ...(keepsBadRows && { onError }) };
  yield* gather<TextRow<Label>>(convertedRows(where, source, read, io), LIMITS);
}
