import { writeFileAtomic } from '../../util/atomic_write.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { LoopPacer } from '../../util/yield.js';
import type { RowSource } from '../table/row_source.js';

/** What all writers take. */
export interface RowWriteOptions {
  signal?: AbortSignal | undefined;
}

/** What {@link Dataset.toCsv} takes. */
export interface CsvWriteOptions extends RowWriteOptions {
  /** Between fields; a tab for files ending in .tsv, else a comma. */
  delimiter?: string;
}

/** Characters written at a time. */
const PIECE = 1 << 16;

/** Lines of rows in pieces, with the event loop's turns between. */
async function* piecesOf(
  where: string,
  head: string,
  rows: RowSource<object>,
  toLine: (row: Record<string, unknown>, index: number) => string,
  options: RowWriteOptions,
): AsyncGenerator<string> {
  const pacer = new LoopPacer(where, options);
  let piece = head;
  for (let i = 0; i < rows.length; i++) {
    piece += `${toLine(rows.at(i) as Record<string, unknown>, i)}\n`;
    if (pacer.isDue()) await pacer.pause();
    if (piece.length < PIECE) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}

/** @internal */
export function refuse(where: string, rule: string, value: unknown, column: string, row: number): never {
  throw new DataError(`${where}: ${rule}, got ${shown(value)} in column ${column} of row ${row}`, { column, row });
}

function csvField(value: unknown, delimiter: string, column: string, row: number): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'object' || typeof value === 'function')
    return refuse('toCsv', 'values must be texts, numbers or truth values', value, column, row);
  const text = String(value as string);
  const isPlain = !text.includes(delimiter) && !/["\r\n]|^\s|\s$/.test(text);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}

/** @internal */
export async function writeCsv(path: string, rows: RowSource<object>, options: CsvWriteOptions): Promise<void> {
  checkOptionNames('toCsv', options, ['delimiter', 'signal']);
  const { delimiter = /\.(?:tsv|tab)$/i.test(path) ? '\t' : ',' } = options;
  const names = rows.columnNames;
  // An empty text alone would be an empty line, which is none.
  const line = (row: Record<string, unknown>, index: number): string =>
    names.map((name) => csvField(row[name], delimiter, name, index)).join(delimiter) || '""';
  const head = `${names.map((name) => csvField(name, delimiter, name, -1)).join(delimiter)}\n`;
  await writeFileAtomic(path, piecesOf('toCsv', head, rows, line, options), options);
}

/** Typed arrays as lists; what JSON would drop or change is refused. */
function jsonValue(value: unknown, column: string, row: number): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>);
  const isLost = typeof value === 'bigint' || typeof value === 'function' || typeof value === 'symbol';
  const isNoNumber = typeof value === 'number' && !Number.isFinite(value);
  return isLost || isNoNumber ? refuse('toJsonl', 'values must have a JSON form', value, column, row) : value;
}

/** @internal */
export async function writeJsonl(path: string, rows: RowSource<object>, options: RowWriteOptions): Promise<void> {
  checkOptionNames('toJsonl', options, ['signal']);
  const line = (row: Record<string, unknown>, index: number): string => {
    try {
      return JSON.stringify(row, (name, value: unknown) => jsonValue(value, name, index));
    } catch (cause) {
      if (cause instanceof DataError) throw cause;
      throw new DataError(`toJsonl: values must have a JSON form, got ${String(cause)} in row ${index}`, {}, { cause });
    }
  };
  await writeFileAtomic(path, piecesOf('toJsonl', '', rows, line, options), options);
}
