import { pipeline } from 'node:stream';
import { CsvError, type Info, type Parser, parse } from 'csv-parse';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError, DataError } from '../util/errors.js';
import { LoopPacer } from '../util/yield.js';
import { type FileRows, MAX_RECORD, checkColumns, lineError, openText, toReadError } from './text_file.js';

/** What {@link Dataset.fromCsv} takes. */
export interface CsvOptions {
  /** Between fields; a tab for files ending in .tsv, else a comma. */
  delimiter?: string;
  /** Around fields that hold delimiters or line ends; `null` where quotes are plain characters. */
  quote?: string | null;
  /** Names of the columns of files without a header line. */
  header?: readonly string[];
  /** The columns to keep, all of which must be there; all columns by default. */
  columns?: readonly string[];
  /** Columns whose values are numbers; the others are strings. */
  types?: Readonly<Record<string, 'string' | 'number'>>;
  signal?: AbortSignal | undefined;
}

const OPTION_NAMES = ['delimiter', 'quote', 'header', 'columns', 'types', 'signal'];

interface CsvRecord {
  record: string[];
  info: Info;
}

/**
 * Reads CSV files one after the other; all must have the first one's columns.
 * @internal
 */
export async function readCsv(paths: readonly string[], options: CsvOptions): Promise<FileRows> {
  checkOptionNames('Dataset.fromCsv', options, OPTION_NAMES);
  checkCharacters(options);
  const pacer = new LoopPacer('Dataset.fromCsv', options);
  const all: FileRows = { rows: [], columnNames: [] };
  for (const [index, path] of paths.entries()) {
    const columns = index === 0 ? options.columns : all.columnNames;
    const reader = new CsvReader(path, { ...options, ...(columns === undefined ? {} : { columns }) });
    await reader.readInto(all.rows, pacer);
    if (index === 0) all.columnNames = reader.columnNames;
  }
  return all;
}

function checkCharacters({ delimiter, quote, types }: CsvOptions): void {
  if (delimiter === '' || quote === '') {
    throw new ConfigError('Dataset.fromCsv: delimiter and quote must not be empty, got ""');
  }
  for (const [column, type] of Object.entries(types ?? {})) {
    if (type === 'string' || type === 'number') continue;
    throw new ConfigError(`Dataset.fromCsv: type must be string or number, got ${String(type)} for ${column}`);
  }
}

/** One file. Lines are counted here: the parser knows the line where a record ends, users want its first. */
class CsvReader {
  readonly #path: string;
  readonly #options: CsvOptions;
  /** Names in the file, one for each field. */
  #header: readonly string[] | undefined;
  #fields: { name: string; place: number; isNumber: boolean }[] = [];
  #lastLine = 0;
  #emptyLines = 0;

  constructor(path: string, options: CsvOptions) {
    this.#path = path;
    this.#options = options;
    if (options.header !== undefined) this.#setHeader(options.header, 1);
  }

  get columnNames(): string[] {
    return this.#fields.map((field) => field.name);
  }

  async readInto(rows: object[], pacer: LoopPacer): Promise<void> {
    try {
      for await (const { record, info } of this.#open() as AsyncIterable<CsvRecord>) {
        const line = this.#firstLine(info);
        if (this.#header === undefined) this.#setHeader(record, line);
        else rows.push(this.#toRow(record, line));
        this.#lastLine = info.lines;
        this.#emptyLines = info.empty_lines;
        if (pacer.isDue()) await pacer.pause();
      }
    } catch (error) {
      throw error instanceof CsvError ? this.#toLineError(error) : toReadError(error, this.#path);
    }
    if (this.#header === undefined)
      throw lineError(this.#path, 1, 'the file must have a header line, got an empty file');
  }

  #open(): Parser {
    const { delimiter = /\.tsv$/i.test(this.#path) ? '\t' : ',', quote = '"' } = this.#options;
    const parser = parse({
      delimiter,
      quote,
      bom: true,
      info: true,
      skip_empty_lines: true,
      relax_column_count: true,
      max_record_size: MAX_RECORD,
    });
    // Both streams end with the first error, which the loop over the parser throws.
    return pipeline(openText(this.#path), parser, () => undefined);
  }

  #firstLine(info: Info): number {
    return this.#lastLine + 1 + info.empty_lines - this.#emptyLines;
  }

  #setHeader(names: readonly string[], line: number): void {
    const twice = names.find((name, place) => names.indexOf(name) !== place || name === '__proto__');
    if (twice !== undefined) {
      throw lineError(this.#path, line, `column names must be unique and plain, got ${twice} in ${names.join(', ')}`);
    }
    const { columns = names, types = {} } = this.#options;
    checkColumns(this.#path, line, names, [...columns, ...Object.keys(types)]);
    this.#header = names;
    this.#fields = columns.map((name) => ({ name, place: names.indexOf(name), isNumber: types[name] === 'number' }));
  }

  #toRow(record: readonly string[], line: number): Record<string, string | number> {
    const expected = this.#header!.length;
    if (record.length !== expected) {
      throw lineError(this.#path, line, `a record must have ${expected} fields, got ${record.length}`);
    }
    const row: Record<string, string | number> = {};
    for (const { name, place, isNumber } of this.#fields) {
      const value = record[place]!;
      row[name] = isNumber ? this.#toNumber(value, name, line) : value;
    }
    return row;
  }

  #toNumber(value: string, name: string, line: number): number {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    if (Number.isFinite(number)) return number;
    throw lineError(this.#path, line, `column ${name} must hold numbers, got ${JSON.stringify(value.slice(0, 80))}`);
  }

  #toLineError(error: CsvError): DataError {
    const info = error as CsvError & Info;
    const { text, isAtStart } = describe(error);
    return lineError(this.#path, isAtStart ? this.#firstLine(info) : info.lines, text, error);
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
        text: 'a field with quotes in it must be quoted itself, got a quote inside a plain field',
        isAtStart: false,
      };
    case 'CSV_INVALID_CLOSING_QUOTE':
      return { text: 'a closing quote must end its field, got more text after it', isAtStart: false };
    default:
      return { text: `the file must be valid CSV, got ${error.message}`, isAtStart: false };
  }
}
