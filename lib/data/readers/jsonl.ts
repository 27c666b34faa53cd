import { parseJson } from '../../util/json.js';
import { readLines } from './lines.js';
import {
  CHUNK_ROWS,
  type ConvertOptions,
  type DataRow,
  type DataSource,
  type RowChunk,
  type TextReadOptions,
  checkColumns,
  lineError,
  rowOrError,
} from './source.js';

/** What {@link Dataset.fromJsonl} takes. */
export type JsonlOptions = TextReadOptions;

/** The row of a JSON text. */
function parseRow(what: string, text: string, source: DataSource, line: number): DataRow {
  const value = parseJson(text, (got, cause) =>
    lineError(source, line, `${what} must be valid JSON, got ${got}`, cause),
  );
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const got = Array.isArray(value) ? 'an array' : value === null ? 'null' : `a ${typeof value}`;
    throw lineError(source, line, `${what} must hold a JSON object, got ${got}`);
  }
  if (Object.hasOwn(value, '__proto__')) throw lineError(source, line, 'column names must be plain, got __proto__');
  return value as DataRow;
}

/**
 * Rows whose columns are known from themselves alone: collects their keys, or picks the columns asked for.
 * @internal
 */
export class RowCollector {
  readonly #source: DataSource;
  readonly #options: TextReadOptions & ConvertOptions;
  readonly #names: Set<string>;
  #list: readonly string[];
  #rows: DataRow[] = [];

  constructor(source: DataSource, options: TextReadOptions & ConvertOptions) {
    this.#source = source;
    this.#options = options;
    this.#names = new Set(options.columns);
    this.#list = [...this.#names];
  }

  /** Whether there are rows enough for a chunk. */
  get isFull(): boolean {
    return this.#rows.length >= CHUNK_ROWS;
  }

  get isEmpty(): boolean {
    return this.#rows.length === 0;
  }

  /** Adds the row of a JSON text; `what` it is, for errors. */
  add(what: string, text: string, line: number): void {
    const make = () => this.#pick(parseRow(what, text, this.#source, line), line);
    const row = rowOrError(make, this.#options, (told) => lineError(this.#source, line, told));
    if (row === undefined) return;
    if (this.#options.columns === undefined) for (const name in row) this.#names.add(name);
    this.#rows.push(row);
  }

  #pick(row: DataRow, line: number): DataRow {
    const { columns } = this.#options;
    if (columns === undefined) return row;
    checkColumns(this.#source, line, Object.keys(row), columns);
    return Object.fromEntries(columns.map((name) => [name, row[name]]));
  }

  /** The rows added since the last chunk. */
  take(): RowChunk {
    const rows = this.#rows;
    this.#rows = [];
    if (this.#list.length !== this.#names.size) this.#list = [...this.#names];
    return { columnNames: this.#list, rows };
  }
}

/**
 * One JSON object a line; empty lines are skipped, the columns are all keys in order of appearance.
 * @internal
 */
export async function* readJsonl(source: DataSource, options: JsonlOptions): AsyncGenerator<RowChunk> {
  const collector = new RowCollector(source, options);
  let line = 0;
  try {
    for await (const lines of readLines('Dataset.fromJsonl', source, options)) {
      for (const text of lines) {
        line += 1;
        const trimmed = text.trim();
        if (trimmed !== '') collector.add('a line', trimmed, line);
      }
      // What a stream has given so far may be all for a long time.
      if (!collector.isEmpty) yield collector.take();
    }
  } catch (error) {
    yield collector.take();
    throw error;
  }
  yield collector.take();
}
