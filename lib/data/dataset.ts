import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError, DataError } from '../util/errors.js';
import { PhiloxRandom, ascending } from '../util/philox.js';
import { LoopPacer } from '../util/yield.js';
import { type CsvOptions, readCsv } from './csv.js';
import { type JsonlOptions, readJsonl } from './jsonl.js';
import {
  type BatchMapper,
  type ColumnArrays,
  type MapOptions,
  type Merged,
  type RowMapper,
  mapBatches,
  mapRows,
} from './map_rows.js';
import {
  ArrayRows,
  JoinedRows,
  ProjectedRows,
  type RowSource,
  SelectedRows,
  checkColumn,
  checkRow,
} from './row_source.js';
import { plainSplit, shuffleInPlace, splitSizes, stratifiedSplit } from './split.js';
import { toPaths } from './text_file.js';

/** Seed of shuffles and splits when the caller gives none: the same run twice gives the same rows. */
const DEFAULT_SEED = 42;

/** What {@link Dataset.shuffle} takes. */
export interface ShuffleOptions {
  /** Integer from 0 to 2^64 - 1; 42 by default. */
  seed?: number | bigint;
  signal?: AbortSignal | undefined;
}

/** What {@link Dataset.trainTestSplit} takes. */
export interface SplitOptions<Column extends string = string> {
  /** Share in (0, 1), or number of rows, of the test part; 0.25 by default. */
  testSize?: number;
  /** Integer from 0 to 2^64 - 1; 42 by default. */
  seed?: number | bigint;
  /** Whether rows are drawn at random (the default) or cut off the end. */
  shuffle?: boolean;
  /** Column whose values keep their shares in both parts. */
  stratifyByColumn?: Column;
  signal?: AbortSignal | undefined;
}

type ColumnOf<Row> = Extract<keyof Row, string>;
type Renamed<Row, From extends keyof Row, To extends string> = Omit<Row, From> & Record<To, Row[From]>;

/**
 * Immutable rows of named columns. Every method gives a new dataset; rows are shared between them and never copied.
 * What takes long is a promise and lets the event loop turn; the rest only makes a view.
 *
 * @example
 * ```ts
 * import { Dataset } from 'gridstride';
 * const mails = Dataset.fromArray([
 *   { text: 'win money now', label: 'spam' },
 *   { text: 'see you at noon', label: 'ham' },
 * ]);
 * const long = await mails.filter((row) => row.text.length > 13);
 * console.log(long.length, long.column('label')); // 1 [ 'ham' ]
 * ```
 */
export class Dataset<Row extends object = Record<string, unknown>> implements Iterable<Readonly<Row>> {
  readonly #rows: RowSource<Row>;

  private constructor(rows: RowSource<Row>) {
    this.#rows = rows;
  }

  /**
   * A dataset of the given objects; their order is kept and later changes to the array are not seen.
   *
   * @param rows Objects with the same keys; the first one's keys are the columns.
   * @throws {DataError} There is no array, or a row is not an object.
   */
  static fromArray<Row extends object>(rows: readonly Row[]): Dataset<Row> {
    if (!Array.isArray(rows)) {
      throw new DataError(`Dataset.fromArray: rows must be an array, got ${rows === null ? 'null' : typeof rows}`);
    }
    const wrong = rows.findIndex((row: unknown) => typeof row !== 'object' || row === null || Array.isArray(row));
    if (wrong >= 0) {
      const got = rows[wrong] === null ? 'null' : Array.isArray(rows[wrong]) ? 'an array' : typeof rows[wrong];
      throw new DataError(`Dataset.fromArray: every row must be an object, got ${got} at row ${wrong}`, { row: wrong });
    }
    return new Dataset(new ArrayRows(rows.slice()));
  }

  /**
   * Reads CSV or TSV files with a header line, one after the other. Values are strings unless `types` says otherwise.
   *
   * @param paths One file, or several with the same columns.
   * @throws {DataError} A file is missing or malformed; text and fields name file and line.
   * @throws {AbortError} The signal fired.
   */
  static async fromCsv<Row extends object = Record<string, string>>(
    paths: string | readonly string[],
    options: CsvOptions = {},
  ): Promise<Dataset<Row>> {
    const { rows, columnNames } = await readCsv(toPaths('Dataset.fromCsv', paths), options);
    return new Dataset(new ArrayRows(rows as Row[], columnNames));
  }

  /**
   * Reads files of one JSON object a line; empty lines are skipped.
   *
   * @param paths One file, or several.
   * @throws {DataError} A file is missing or malformed; text and fields name file and line.
   * @throws {AbortError} The signal fired.
   */
  static async fromJsonl<Row extends object = Record<string, unknown>>(
    paths: string | readonly string[],
    options: JsonlOptions = {},
  ): Promise<Dataset<Row>> {
    const { rows, columnNames } = await readJsonl(toPaths('Dataset.fromJsonl', paths), options);
    return new Dataset(new ArrayRows(rows as Row[], columnNames));
  }

  /**
   * The rows of several datasets with the same columns, one after the other.
   * @throws {DataError} The columns differ.
   */
  static concatenate<Row extends object>(datasets: readonly Dataset<Row>[]): Dataset<Row> {
    return new Dataset(new JoinedRows(datasets.map((dataset) => dataset.#rows)));
  }

  /** Number of rows. */
  get length(): number {
    return this.#rows.length;
  }

  /** The columns, in order. */
  get columnNames(): readonly string[] {
    return this.#rows.columnNames;
  }

  /**
   * One row; a negative index counts from the end.
   * @throws {DataError} There is no such row.
   */
  at(index: number): Readonly<Row> {
    const place = index < 0 ? index + this.length : index;
    checkRow(this.#rows, 'at', place, index);
    return this.#rows.at(place);
  }

  *[Symbol.iterator](): IterableIterator<Readonly<Row>> {
    for (let i = 0; i < this.length; i++) yield this.#rows.at(i);
  }

  /** All rows in an array. */
  toArray(): Readonly<Row>[] {
    return [...this];
  }

  /**
   * The values of one column, one for each row.
   * @throws {DataError} There is no such column.
   */
  column<Column extends ColumnOf<Row>>(name: Column): Row[Column][] {
    checkColumn(this.#rows, 'column', name);
    return Array.from({ length: this.length }, (_, i) => this.#rows.at(i)[name]);
  }

  /**
   * The rows at the given indices, in that order; an index may occur more than once.
   * @throws {DataError} There is no row at an index.
   */
  select(indices: Iterable<number>): Dataset<Row> {
    const wanted = [...indices];
    for (const index of wanted) checkRow(this.#rows, 'select', index, index);
    return new Dataset(new SelectedRows(this.#rows, Uint32Array.from(wanted)));
  }

  /** The rows from `start` up to but without `end`; negative values count from the end, as in `Array.slice`. */
  slice(start?: number, end?: number): Dataset<Row> {
    return new Dataset(new SelectedRows(this.#rows, ascending(this.length).slice(start, end)));
  }

  /**
   * The dataset without some columns.
   * @throws {DataError} There is no such column.
   */
  removeColumns<Column extends ColumnOf<Row>>(names: Column | readonly Column[]): Dataset<Omit<Row, Column>> {
    const removed: readonly string[] = toList(names);
    for (const name of removed) checkColumn(this.#rows, 'removeColumns', name);
    const kept = this.#rows.columnNames.filter((name) => !removed.includes(name));
    return new Dataset(new ProjectedRows(this.#rows, new Map(kept.map((name) => [name, name]))));
  }

  /**
   * The dataset with a column under another name, in the same place.
   * @throws {DataError} There is no such column, or the new name is taken.
   */
  renameColumn<From extends ColumnOf<Row>, To extends string>(from: From, to: To): Dataset<Renamed<Row, From, To>> {
    checkColumn(this.#rows, 'renameColumn', from);
    const names = this.#rows.columnNames;
    if (names.includes(to)) {
      throw new DataError(`renameColumn: the new name must be free, got ${to} beside ${names.join(', ')}`, { to });
    }
    return new Dataset(new ProjectedRows(this.#rows, new Map(names.map((name) => [name === from ? to : name, name]))));
  }

  /**
   * Adds what a function returns to each row's columns (replacing those of the same name); `removeColumns` drops some.
   * With `batched`, the function gets and returns columns: `{ text: string[] }` to `{ inputIds: number[][] }`.
   *
   * @param fn Called with the row and its index, or with the columns of a batch and its first index; may be async.
   * @throws {DataError} A batch's columns have unequal lengths, or the function returned no object.
   * @throws {AbortError} The signal fired.
   */
  map<Out extends object, Removed extends ColumnOf<Row> = never>(
    fn: RowMapper<Row, Out>,
    options?: MapOptions<Removed> & { batched?: false },
  ): Promise<Dataset<Merged<Omit<Row, Removed>, Out>>>;
  map<Out extends ColumnArrays, Removed extends ColumnOf<Row> = never>(
    fn: BatchMapper<Row, Out>,
    options: MapOptions<Removed> & { batched: true },
  ): Promise<Dataset<Merged<Omit<Row, Removed>, { [Key in keyof Out]: Out[Key][number] }>>>;
  async map(
    fn: RowMapper<Row, object> | BatchMapper<Row, ColumnArrays>,
    options: MapOptions<string> = {},
  ): Promise<Dataset<never>> {
    checkOptionNames('map', options, ['batched', 'batchSize', 'removeColumns', 'signal']);
    const removed = toList(options.removeColumns ?? []);
    for (const name of removed) checkColumn(this.#rows, 'map', name);
    const kept = this.#rows.columnNames.filter((name) => !removed.includes(name));
    const source = { rows: this.#rows, kept };
    const mapped = options.batched
      ? await mapBatches(source, fn as BatchMapper<Row, ColumnArrays>, options)
      : await mapRows(source, fn as RowMapper<Row, object>, options);
    return new Dataset<object>(mapped) as unknown as Dataset<never>;
  }

  /**
   * The rows for which a function, sync or async, returns true.
   * @throws {AbortError} The signal fired.
   */
  async filter(
    fn: (row: Readonly<Row>, index: number) => boolean | Promise<boolean>,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<Dataset<Row>> {
    checkOptionNames('filter', options, ['signal']);
    const pacer = new LoopPacer('filter', options);
    const kept: number[] = [];
    for (let i = 0; i < this.length; i++) {
      const verdict = fn(this.#rows.at(i), i);
      if (typeof verdict === 'boolean' ? verdict : await verdict) kept.push(i);
      if (pacer.isDue()) await pacer.pause();
    }
    return new Dataset(new SelectedRows(this.#rows, Uint32Array.from(kept)));
  }

  /**
   * The rows in a random order that depends on the seed and the number of rows alone.
   * @throws {ConfigError} The seed is no integer from 0 to 2^64 - 1.
   * @throws {AbortError} The signal fired.
   */
  async shuffle(options: ShuffleOptions = {}): Promise<Dataset<Row>> {
    checkOptionNames('shuffle', options, ['seed', 'signal']);
    const random = new PhiloxRandom(options.seed ?? DEFAULT_SEED);
    const order = ascending(this.length);
    await shuffleInPlace(order, random, new LoopPacer('shuffle', options));
    return new Dataset(new SelectedRows(this.#rows, order));
  }

  /**
   * Two disjoint parts that hold every row; sizes and stratified shares are scikit-learn's.
   *
   * @throws {ConfigError} `testSize` or `seed` is out of range, or `stratifyByColumn` goes with `shuffle: false`.
   * @throws {DataError} A class or a part is too small, or there is no such column.
   * @throws {AbortError} The signal fired.
   */
  async trainTestSplit(
    options: SplitOptions<ColumnOf<Row>> = {},
  ): Promise<{ train: Dataset<Row>; test: Dataset<Row> }> {
    checkOptionNames('trainTestSplit', options, ['testSize', 'seed', 'shuffle', 'stratifyByColumn', 'signal']);
    const { testSize = 0.25, seed = DEFAULT_SEED, shuffle = true, stratifyByColumn: column } = options;
    const pacer = new LoopPacer('trainTestSplit', options);
    const random = new PhiloxRandom(seed);
    const sizes = splitSizes(this.length, testSize);
    let parts;
    if (column === undefined) {
      parts = await plainSplit(sizes, shuffle ? random : undefined, pacer);
    } else {
      checkColumn(this.#rows, 'trainTestSplit', column);
      if (!shuffle) {
        const rule = 'stratifyByColumn needs shuffle';
        throw new ConfigError(`trainTestSplit: ${rule}, got shuffle false`, { stratifyByColumn: column });
      }
      parts = await stratifiedSplit((i) => this.#rows.at(i)[column], sizes, random, pacer);
    }
    return {
      train: new Dataset(new SelectedRows(this.#rows, parts.train)),
      test: new Dataset(new SelectedRows(this.#rows, parts.test)),
    };
  }
}

function toList<Value extends string>(values: Value | readonly Value[]): readonly Value[] {
  return typeof values === 'string' ? [values] : values;
}
