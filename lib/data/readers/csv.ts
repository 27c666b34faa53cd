import { CsvError, type Info, type Parser, parse } from 'csv-parse';
import { ConfigError, type DataError } from '../../util/errors.js';
import {
  type ConvertOptions,
  type DataRow,
  type DataSource,
  MAX_RECORD,
  type RowChunk,
  type TextReadOptions,
  checkColumns,
  checkNames,
  lineError,
  nameOf,
  rowOrError,
  textOf,
} from './source.js';

/** What {@link Dataset.fromCsv} takes. */
export interface CsvOptions extends TextReadOptions {
  /** Between fields; a tab for `fromTsv` and files ending in .tsv or .tab, else a comma. */
  delimiter?: string;
  /** Around fields that hold delimiters or line ends; `null` where quotes are plain characters. */
  quote?: string | null;
  /** Names of the columns of files without a header line; false: their numbers, from 1. */
  header?: readonly string[] | false;
  /** Columns whose values are numbers; the others are strings. */
  types?: Readonly<Record<string, 'string' | 'number'>>;
}

const WHERE = 'Dataset.fromCsv';

function checkCharacters({ delimiter, quote, types }: CsvOptions): void {
  if (delimiter === '' || quote === '') {
    throw new ConfigError(`${WHERE}: delimiter and quote must not be empty, got ""`);
  }
  for (const [column, type] of Object.entries(types ?? {})) {
    if (type === 'string' || type === 'number') continue;
    throw new ConfigError(`${WHERE}: type must be string or number, got ${String(type)} for ${column}`);
  }
}

/**
 * The records of a delimited text; its first one names the columns unless `header` does. Empty lines are skipped.
 * @internal
 */
export async function* readCsv(source: DataSource, options: CsvOptions & ConvertOptions): AsyncGenerator<RowChunk> {
  checkCharacters(options);
  const records = new CsvRecords(source, options);
  const parser = openParser(source, options, (record, info) => records.add(record, info));
  try {
    for await (const piece of textOf(WHERE, source, options.encoding)) {
      await settle((done) => parser.write(piece, done));
      if (records.rows.length > 0) yield { columnNames: records.columnNames, rows: records.rows.splice(0) };
    }
    await settle((done) => parser.end(done));
  } catch (error) {
    const known = error instanceof CsvError ? records.toLineError(error) : error;
    if (records.rows.length > 0) yield { columnNames: records.columnNames, rows: records.rows };
    throw known;
  } finally {
    parser.destroy();
  }
  const needed = options.header === false ? 'record' : 'header line';
  if (!records.hasHeader) throw lineError(source, 1, `the file must have a ${needed}, got an empty file`);
  yield { columnNames: records.columnNames, rows: records.rows };
}

function settle(start: (done: (error?: Error | null) => void) => unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error ? reject(error) : resolve()));
  });
}

/** A parser that hands records on as it finds them: a stream's queue would lose those just before an error. */
function openParser(source: DataSource, options: CsvOptions, onRecord: (record: string[], info: Info) => void): Parser {
  const { delimiter = /\.(?:tsv|tab)(?:\.gz)?$/i.test(nameOf(source)) ? '\t' : ',', quote = '"' } = options;
  const settings = { relax_column_count: true, skip_empty_lines: true, max_record_size: MAX_RECORD };
  const parser = parse({ delimiter, quote, ...settings });
  parser.push = (record: string[] | null) => {
    if (record !== null) onRecord(record, parser.info);
    return true;
  };
  // The callbacks of write and end give it to us.
  parser.on('error', () => undefined);
  return parser;
}

/** Rows of records. Lines are counted here: the parser knows the line where a record ends, users want its first. */
class CsvRecords {
  readonly #source: DataSource;
  readonly #options: CsvOptions & ConvertOptions;
  /** Names in the file, one for each field. */
  #header: readonly string[] | undefined;
  #fields: { name: string; place: number; isNumber: boolean }[] = [];
  #lastLine = 0;
  #emptyLines = 0;
  columnNames: readonly string[] = [];
  /** Those not yet taken. */
  readonly rows: DataRow[] = [];

  constructor(source: DataSource, options: CsvOptions & ConvertOptions) {
    this.#source = source;
    this.#options = options;
    if (options.header !== undefined && options.header !== false) this.#setHeader(options.header, 1);
  }

  get hasHeader(): boolean {
    return this.#header !== undefined;
  }

  add(record: readonly string[], info: Info): void {
    const line = this.#firstLine(info);
    this.#lastLine = info.lines;
    this.#emptyLines = info.empty_lines;
    if (this.#header === undefined) {
      if (this.#options.header !== false) return this.#setHeader(record, line);
      this.#setHeader(
        [...record.keys()].map((place) => `${place + 1}`),
        line,
      );
    }
    const locate = (text: string) => lineError(this.#source, line, text);
    const row = rowOrError(() => this.#toRow(record, line), this.#options, locate);
    if (row !== undefined) this.rows.push(row);
  }

  #firstLine(info: Info): number {
    return this.#lastLine + 1 + info.empty_lines - this.#emptyLines;
  }

  #setHeader(names: readonly string[], line: number): void {
    checkNames(names, (text) => lineError(this.#source, line, text));
    const { columns = names, types = {} } = this.#options;
    checkColumns(this.#source, line, names, [...columns, ...Object.keys(types)]);
    this.#header = names;
    this.#fields = columns.map((name) => ({ name, place: names.indexOf(name), isNumber: types[name] === 'number' }));
    this.columnNames = [...columns];
  }

  #toRow(record: readonly string[], line: number): DataRow {
    const expected = this.#header!.length;
    if (record.length !== expected) {
      throw lineError(this.#source, line, `a record must have ${expected} fields, got ${record.length}`);
    }
    const row: DataRow = {};
    for (const { name, place, isNumber } of this.#fields) {
      const value = record[place]!;
      row[name] = isNumber ? this.#toNumber(value, name, line) : value;
    }
    return row;
  }

  #toNumber(value: string, name: string, line: number): number {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    if (Number.isFinite(number)) return number;
    const got = JSON.stringify(value.slice(0, 80));
    throw lineError(this.#source, line, `column ${name} must hold numbers, got ${got}`);
  }

  toLineError(error: CsvError): DataError {
    const { text, isAtStart } = describe(error);
    const info = error as CsvError & Info;
    return lineError(this.#source, isAtStart ? this.#firstLine(info) : info.lines, text, error);
  }
}

/** What is wrong in our words, and whether the record's first line or the current one shows it. */
function describe(error: CsvError): { text: string; isAtStart: boolean } {
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return { text: 'a quoted field must be closed, got the end of the file', isAtStart: true };
    case 'CSV_MAX_RECORD_SIZE':
      return { text: `a record must be under ${MAX_RECORD} bytes, got more: is a quote left open?`, isAtStart: true };
    case 'INVALID_OPENING_QUOTE':
      return {
        text: 'a field with quotes in it must be quoted itself (option quote), got a quote inside a plain field',
        isAtStart: false,
      };
    case 'CSV_INVALID_CLOSING_QUOTE':
      return { text: 'a closing quote must end its field, got more text after it', isAtStart: false };
    default:
      return { text: `the file must be valid CSV, got ${error.message}`, isAtStart: false };
  }
}
