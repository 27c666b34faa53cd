import { DataError } from '../../util/errors.js';
import { parseJson } from '../../util/json.js';
import { type Found, type RowMaker, rowsOf } from './found.js';
import { readLines } from './lines.js';
import {
  type ConvertOptions,
  type DataRow,
  type DataSource,
  type RowChunk,
  type TextReadOptions,
  columnMissing,
  lineError,
} from './source.js';

/** What {@link Dataset.fromJsonl} takes. */
export type JsonlOptions = TextReadOptions;

/**
 * Rows of JSON texts, whose columns are known from themselves alone: collects their keys, or picks the columns asked for.
 * @internal
 */
export class JsonRows implements RowMaker<string> {
  readonly #what: string;
  readonly #columns: readonly string[] | undefined;
  readonly #names: Set<string>;
  #list: readonly string[];
  readonly locate: RowMaker<string>['locate'];

  /**
   * @param what The texts are, for errors.
   * @param locate Makes an error at the record's place of a text.
   */
  constructor(what: string, { columns }: TextReadOptions, locate: RowMaker<string>['locate']) {
    this.#what = what;
    this.#columns = columns;
    this.locate = locate;
    this.#names = new Set(columns);
    this.#list = [...this.#names];
  }

  columnNames(): readonly string[] {
    if (this.#list.length !== this.#names.size) this.#list = [...this.#names];
    return this.#list;
  }

  toRow(found: Found<string> & { value: string }): DataRow {
    const row = this.#parse(found);
    const columns = this.#columns;
    if (columns === undefined) return row;
    const missing = columnMissing(Object.keys(row), columns);
    if (missing !== undefined) throw this.locate(found, missing);
    return Object.fromEntries(columns.map((name) => [name, row[name]]));
  }

  note(row: DataRow): void {
    if (this.#columns === undefined) for (const name in row) this.#names.add(name);
  }

  #parse(found: Found<string> & { value: string }): DataRow {
    const refuse = (rule: string, cause?: unknown) => this.locate(found, rule, cause);
    const value = parseJson(found.value.trim(), (got, cause) =>
      refuse(`${this.#what} must be valid JSON, got ${got}`, cause),
    );
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const got = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
      throw refuse(`${this.#what} must hold a JSON object, got ${got}`);
    }
    if (Object.hasOwn(value, '__proto__')) throw refuse('column names must be plain, got __proto__');
    return value as DataRow;
  }
}

async function* filledLines(source: DataSource, options: JsonlOptions): AsyncGenerator<Found<string>[]> {
  for await (const lines of readLines('Dataset.fromJsonl', source, options))
    yield lines.filter(({ value }) => value instanceof DataError || value.trim() !== '');
}

/**
 * One JSON object a line; empty lines are skipped, the columns are all keys in order of appearance.
 * @internal
 */
export function readJsonl(source: DataSource, options: JsonlOptions & ConvertOptions): AsyncGenerator<RowChunk> {
  const rows = new JsonRows('a line', options, ({ line }, text, cause) => lineError(source, line, text, cause));
  return rowsOf(filledLines(source, options), rows, options);
}
