import { type DataLoadOptions, readSources } from '../../data/readers/formats.js';
import type { DataRow } from '../../data/readers/source.js';
import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import type { CliIo } from '../io.js';
import type { Columns } from './columns.js';

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

/** Rows of a chunk, and their characters, at most: what is tokenized and computed at a time. */
const MAX_ROWS = 256;
const MAX_CHARACTERS = 1 << 19;

function textOf(row: DataRow, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw new DataError(`column ${column} must hold texts, got ${shown(value)}`, { column });
}

function* cut<Row extends TextRow>(rows: readonly Row[]): Generator<Row[]> {
  let chunk: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    chunk.push(row);
    characters += row.text.length + (row.textPair?.length ?? 0);
    if (chunk.length < MAX_ROWS && characters < MAX_CHARACTERS) continue;
    yield chunk;
    [chunk, characters] = [[], 0];
  }
  if (chunk.length > 0) yield chunk;
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
  const { format, text, textPair, header } = columns;
  const convert = (row: DataRow): DataRow => ({
    text: textOf(row, text),
    ...(textPair !== undefined && { textPair: textOf(row, textPair) }),
    ...(label !== undefined && { label: label(row[columns.label]) }),
  });
  const wanted = [text, textPair, label && columns.label].filter((name) => name !== undefined);
  const options: DataLoadOptions = {
    format,
    columns: [...new Set(wanted)],
    signal: io.signal,
    ...(!header && { header }),
    ...(keepsBadRows && { onError: ({ message }: DataError) => ({ text: '', error: message }) }),
  };
  const from = source === '-' ? io.stdin : source;
  for await (const { rows } of readSources(where, [from], options, undefined, convert))
    yield* cut(rows as unknown as TextRow<Label>[]);
}
