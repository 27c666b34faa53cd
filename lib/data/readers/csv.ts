import { ConfigError, DataError } from '../../util/errors.js';
import { CsvParser } from './csv_parser.js';
import { type Found, type RowMaker, rowsOf } from './found.js';
import {
  type ConvertOptions,
  type DataRow,
  type DataSource,
  type RowChunk,
  type TextReadOptions,
  checkColumns,
  checkNames,
  encodingRule,
  lineError,
  nameOf,
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
  const { delimiter = /\.(?:tsv|tab)(?:\.gz)?$/i.test(nameOf(source)) ? '\t' : ',', quote = '"' } = options;
  const refuse = (line: number, rule: string) => lineError(source, line, rule);
  const parser = new CsvParser(delimiter, quote, { refuse, encodingRule: encodingRule(options) });
  const rows = new CsvRows(source, options);
  yield* rowsOf(rows.withoutHeader(parser.records(textOf(WHERE, source, options))), rows, options);
}

/** Rows of records that all have the header's columns. */
class CsvRows implements RowMaker<string[]> {
  readonly #source: DataSource;
  readonly #options: CsvOptions;
  /** Names in the file, one for each field. */
  #header: readonly string[] | undefined;
  #fields: { name: string; place: number; isNumber: boolean }[] = [];
  #columnNames: readonly string[] = [];

  constructor(source: DataSource, options: CsvOptions) {
    this.#source = source;
    this.#options = options;
    if (options.header !== undefined && options.header !== false) this.#setHeader(options.header, 1);
  }

  columnNames(): readonly string[] {
    return this.#columnNames;
  }

  /**
   * The records behind the one that names the columns.
   * @throws {DataError} It is no record, or there is none.
   */
  async *withoutHeader(records: AsyncIterable<Found<string[]>[]>): AsyncGenerator<Found<string[]>[]> {
    const isNamed = this.#options.header !== false;
    let isEmpty = this.#header === undefined;
    for await (const list of records) {
      const isHeader = this.#header === undefined && isNamed && list.length > 0;
      if (isHeader) this.#readHeader(list[0]!);
      else if (this.#header === undefined) this.#countColumns(list);
      isEmpty &&= list.length === 0;
      yield isHeader ? list.slice(1) : list;
    }
    const needed = isNamed ? 'header line' : 'record';
    if (isEmpty) throw lineError(this.#source, 1, `the file must have a ${needed}, got an empty file`);
  }

  toRow({ value: record, line }: Found<string[]> & { value: string[] }): DataRow {
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

  locate({ line }: Found<string[]>, text: string): DataError {
    return lineError(this.#source, line, text);
  }

  #readHeader({ value, line }: Found<string[]>): void {
    if (value instanceof DataError) throw value;
    this.#setHeader(value, line);
  }

  /** Names columns by number, as the first good record has them. */
  #countColumns(list: readonly Found<string[]>[]): void {
    for (const { value, line } of list) {
      if (value instanceof DataError) continue;
      return this.#setHeader(
        value.map((_, place) => `${place + 1}`),
        line,
      );
    }
  }

  #setHeader(names: readonly string[], line: number): void {
    checkNames(names, (text) => lineError(this.#source, line, text));
    const { columns = names, types = {} } = this.#options;
    checkColumns(this.#source, line, names, [...columns, ...Object.keys(types)]);
    this.#header = names;
    this.#fields = columns.map((name) => ({ name, place: names.indexOf(name), isNumber: types[name] === 'number' }));
    this.#columnNames = [...columns];
  }

  #toNumber(value: string, name: string, line: number): number {
    const number = value.trim() === '' ? Number.NaN : Number(value);
    if (Number.isFinite(number)) return number;
    const got = JSON.stringify(value.slice(0, 80));
    throw lineError(this.#source, line, `column ${name} must hold numbers, got ${got}`);
  }
}
