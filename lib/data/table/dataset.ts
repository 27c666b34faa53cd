import { isDeepStrictEqual } from 'node:util';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import { PhiloxRandom, ascending } from '../../util/philox.js';
import { LoopPacer } from '../../util/yield.js';
import { type ArrowOptions, type ArrowTable, isTable, tableChunks } from '../readers/arrow/arrow.js';
import type { ConllOptions, TaggedSentence } from '../readers/conll.js';
import type { CsvOptions } from '../readers/csv.js';
import { type DataLoadOptions, collectRows, readSources } from '../readers/formats.js';
import type { JsonOptions } from '../readers/json.js';
import type { JsonlOptions } from '../readers/jsonl.js';
import type { ParquetOptions } from '../readers/parquet.js';
import { type DataFormat, type DataSource, type RowChunk, toSources } from '../readers/source.js';
import type { SquadOptions, SquadQuestion } from '../readers/squad.js';
import type { TextOptions } from '../readers/text.js';
import { type FoldOptions, foldIndices } from '../splits/k_fold.js';
import { type SplitOptions, shuffleInPlace, splitIndices } from '../splits/split.js';
import type { ColumnOf, LabelNames, SignalOptions } from './base_dataset.js';
import { DatasetDict } from './dataset_dict.js';
import { DatasetViews, toList } from './dataset_views.js';
import {
  type BatchMapper,
  type ColumnArrays,
  type MapOptions,
  type Merged,
  type RowMapper,
  mapOrRead,
} from './map_rows.js';
import { ArrayRows, JoinedRows, type RowSource, checkColumn } from './row_source.js';
import { compareValues, sortedIndices } from './sort_rows.js';

/** Seed of shuffles and splits when the caller gives none: the same run twice gives the same rows. */
const DEFAULT_SEED = 42;

/** What {@link Dataset.shuffle} takes. */
export interface ShuffleOptions extends SignalOptions {
  /** Integer from 0 to 2^64 - 1; 42 by default. */
  seed?: number | bigint;
}

/** What {@link Dataset.sort} takes. */
export interface SortOptions extends SignalOptions {
  /** Largest first; equal rows keep their order either way. */
  reverse?: boolean;
}

type Paths = DataSource | readonly DataSource[];

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
 * const encoded = await mails.classEncodeColumn('label');
 * console.log(encoded.column('label'), encoded.labelNames.label); // [ 1, 0 ] [ 'ham', 'spam' ]
 * ```
 */
export class Dataset<Row extends object = Record<string, unknown>> extends DatasetViews<Row> {
  /** @internal */
  protected constructor(rows: RowSource<Row>, labelNames: LabelNames = {}) {
    super(rows, labelNames);
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

  static async #read<Row extends object>(
    where: string,
    paths: Paths,
    options: DataLoadOptions,
    format?: DataFormat,
  ): Promise<Dataset<Row>> {
    return Dataset.#collect(readSources(where, toSources(where, paths), options, format));
  }

  static async #collect<Row extends object>(chunks: AsyncIterable<RowChunk>): Promise<Dataset<Row>> {
    const { rows, columnNames } = await collectRows(chunks);
    return new Dataset(new ArrayRows(rows as Row[], columnNames));
  }

  /**
   * Reads files of any kind, one after the other: CSV, TSV, JSONL, JSON, Parquet, Arrow, text or CoNLL by their
   * ending, SQuAD by `format`; with `.gz` behind it, unpacked on the way. An object of files gives a dataset for each of
   * its keys.
   *
   * @throws {ConfigError} A file's ending says nothing and there is no format, or an option is not the format's.
   * @throws {DataError} A file is missing or malformed; text and fields name file and line.
   * @throws {AbortError} The signal fired.
   */
  static load<Row extends object = Record<string, unknown>>(
    paths: Paths,
    options?: DataLoadOptions,
  ): Promise<Dataset<Row>>;
  static load<Row extends object = Record<string, unknown>, Split extends string = string>(
    paths: Readonly<Record<Split, Paths>>,
    options?: DataLoadOptions,
  ): Promise<DatasetDict<Row, Split>>;
  static async load(
    paths: Paths | Readonly<Record<string, Paths>>,
    options: DataLoadOptions = {},
  ): Promise<Dataset | DatasetDict> {
    const isOne = typeof paths !== 'object' || paths === null || Array.isArray(paths) || Symbol.asyncIterator in paths;
    if (isOne) return Dataset.#read('Dataset.load', paths as Paths, options);
    const parts: [string, Dataset][] = [];
    for (const [split, path] of Object.entries(paths))
      parts.push([split, await Dataset.#read('Dataset.load', path as Paths, options)]);
    return new DatasetDict(Object.fromEntries(parts));
  }

  /**
   * Reads CSV files with a header line, one after the other. Values are strings unless `types` says otherwise.
   *
   * @param paths One file, or several with the same columns.
   * @throws {DataError} A file is missing or malformed; text and fields name file and line.
   * @throws {AbortError} The signal fired.
   */
  static fromCsv<Row extends object = Record<string, string>>(
    paths: Paths,
    options: CsvOptions = {},
  ): Promise<Dataset<Row>> {
    return Dataset.#read('Dataset.fromCsv', paths, options, 'csv');
  }

  /** {@link Dataset.fromCsv} with tabs between fields. */
  static fromTsv<Row extends object = Record<string, string>>(
    paths: Paths,
    options: CsvOptions = {},
  ): Promise<Dataset<Row>> {
    return Dataset.#read('Dataset.fromTsv', paths, options, 'tsv');
  }

  /**
   * Reads files of one JSON object a line; empty lines are skipped. The columns are all keys.
   *
   * @throws {DataError} A file is missing or malformed; text and fields name file and line.
   * @throws {AbortError} The signal fired.
   */
  static fromJsonl<Row extends object = Record<string, unknown>>(
    paths: Paths,
    options: JsonlOptions = {},
  ): Promise<Dataset<Row>> {
    return Dataset.#read('Dataset.fromJsonl', paths, options, 'jsonl');
  }

  /**
   * Reads files that are one array of JSON objects, or one object with such an array under `field`.
   *
   * @throws {DataError} A file is missing or malformed; text and fields name file and line.
   * @throws {AbortError} The signal fired.
   */
  static fromJson<Row extends object = Record<string, unknown>>(
    paths: Paths,
    options: JsonOptions = {},
  ): Promise<Dataset<Row>> {
    return Dataset.#read('Dataset.fromJson', paths, options, 'json');
  }

  /**
   * Reads Parquet files, in a thread of its own. Integers of 64 bits become numbers where those are exact.
   *
   * @throws {DataError} A file is missing or malformed.
   * @throws {AbortError} The signal fired.
   */
  static fromParquet<Row extends object = Record<string, unknown>>(
    paths: string | readonly string[],
    options: ParquetOptions = {},
  ): Promise<Dataset<Row>> {
    return Dataset.#read('Dataset.fromParquet', paths, options, 'parquet');
  }

  /**
   * Reads text files as rows of one column, `text`: a line, paragraph or document each.
   *
   * @throws {DataError} A file is missing or of another encoding.
   * @throws {AbortError} The signal fired.
   */
  static fromText(paths: Paths, options: TextOptions = {}): Promise<Dataset<{ text: string }>> {
    return Dataset.#read('Dataset.fromText', paths, options, 'text');
  }

  /**
   * Reads CoNLL files, a word and its tags a line, in columns: a row is a sentence, `tokens` and the `tags` of each.
   *
   * @throws {DataError} A file is missing, or a line lacks columns; text and fields name file and line.
   * @throws {AbortError} The signal fired.
   * @example
   * ```ts
   * import { Dataset } from 'gridstride';
   * async function* file() {
   *   yield Buffer.from('EU NNP B-ORG\nrejects VBZ O\n\nPeter NNP B-PER\nBlackburn NNP I-PER\n');
   * }
   * const sentences = await Dataset.fromConll(file());
   * console.log(sentences.at(1)); // { tokens: [ 'Peter', 'Blackburn' ], tags: [ 'B-PER', 'I-PER' ] }
   * ```
   */
  static fromConll(paths: Paths, options: ConllOptions = {}): Promise<Dataset<TaggedSentence>> {
    return Dataset.#read('Dataset.fromConll', paths, options, 'conll');
  }

  /**
   * Reads question files as SQuAD 1.1 and 2.0 have them, an article at a time: a row is a question, its context and
   * answers, whose places are UTF-16 units; questions that have none have empty lists.
   *
   * @throws {DataError} A file is missing or malformed, or an answer is not in its context; the text names file, article
   *   and question.
   * @throws {AbortError} The signal fired.
   */
  static fromSquad(paths: Paths, options: SquadOptions = {}): Promise<Dataset<SquadQuestion>> {
    return Dataset.#read('Dataset.fromSquad', paths, options, 'squad');
  }

  /**
   * The rows of an apache-arrow table, or of Arrow files or streams (IPC format, uncompressed).
   *
   * @throws {DataError} A file is missing or malformed.
   * @throws {AbortError} The signal fired.
   */
  static async fromArrow<Row extends object = Record<string, unknown>>(
    source: ArrowTable | Paths,
    options: ArrowOptions = {},
  ): Promise<Dataset<Row>> {
    if (!isTable(source)) return Dataset.#read('Dataset.fromArrow', source, options, 'arrow');
    checkOptionNames('Dataset.fromArrow', options, ['columns', 'signal']);
    return Dataset.#collect(tableChunks(source, options));
  }

  /**
   * The rows of several datasets with the same columns, one after the other.
   * @throws {DataError} The columns differ.
   */
  static concatenate<Row extends object>(datasets: readonly Dataset<Row>[]): Dataset<Row> {
    return new Dataset(new JoinedRows(datasets.map((dataset) => dataset.rows)), datasets[0]?.labelNames);
  }

  /** @internal */
  protected override derive<Out extends object>(rows: RowSource<Out>, labelNames: LabelNames): Dataset<Out> {
    return new Dataset(rows, labelNames);
  }

  /**
   * Adds what a function returns to each row's columns (replacing those of the same name); `removeColumns` drops some.
   * With `batched`, the function gets and returns columns: `{ text: string[] }` to `{ inputIds: number[][] }`. With
   * `cacheDir` the result is kept on disk, and the function runs only when something has changed.
   *
   * @param fn Called with the row and its index, or with the columns of a batch and its first index; may be async.
   * @throws {DataError} A batch's columns have unequal lengths, or the function returned no object.
   * @throws {ConfigError} A result to be kept holds what no file keeps.
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
    checkOptionNames('map', options, ['batched', 'batchSize', 'removeColumns', 'cacheDir', 'cacheKey', 'signal']);
    const removed = toList(options.removeColumns ?? []);
    for (const name of removed) checkColumn(this.rows, 'map', name);
    const kept = this.rows.columnNames.filter((name) => !removed.includes(name));
    const mapped = await mapOrRead({ rows: this.rows, kept }, fn, options);
    return new Dataset<object>(mapped, this.#labelNamesOf(mapped)) as unknown as Dataset<never>;
  }

  /** Class names stay with the columns that a function left as they were. */
  #labelNamesOf(mapped: RowSource<object>): LabelNames {
    if (mapped.length === 0) return {};
    const [before, after] = [this.rows, mapped].map((rows) => rows.at(0) as Record<string, unknown>);
    return Object.fromEntries(
      Object.entries(this.labelNames).filter(([name]) => isDeepStrictEqual(before![name], after![name])),
    );
  }

  /**
   * The rows for which a function, sync or async, returns true.
   * @throws {AbortError} The signal fired.
   */
  async filter(
    fn: (row: Readonly<Row>, index: number) => boolean | Promise<boolean>,
    options: SignalOptions = {},
  ): Promise<Dataset<Row>> {
    checkOptionNames('filter', options, ['signal']);
    const pacer = new LoopPacer('filter', options);
    const kept: number[] = [];
    for (let i = 0; i < this.length; i++) {
      const verdict = fn(this.rows.at(i), i);
      if (typeof verdict === 'boolean' ? verdict : await verdict) kept.push(i);
      if (pacer.isDue()) await pacer.pause();
    }
    return this.rowsAt(Uint32Array.from(kept));
  }

  /**
   * The rows in ascending order of some columns, or of a function's own; rows that compare equal keep their order.
   * Numbers come by size, texts by code point, missing values last.
   *
   * @param by A column, several (the first counts most), or a comparison as `Array.sort` takes it.
   * @throws {DataError} There is no such column.
   * @throws {AbortError} The signal fired.
   */
  async sort(
    by: ColumnOf<Row> | readonly ColumnOf<Row>[] | ((a: Readonly<Row>, b: Readonly<Row>) => number),
    options: SortOptions = {},
  ): Promise<Dataset<Row>> {
    checkOptionNames('sort', options, ['reverse', 'signal']);
    const columns = typeof by === 'function' ? [] : toList(by);
    for (const name of columns) checkColumn(this.rows, 'sort', name);
    const compareRows =
      typeof by === 'function'
        ? by
        : (a: Readonly<Row>, b: Readonly<Row>): number => {
            for (const name of columns) {
              const order = compareValues(a[name], b[name]);
              if (order !== 0) return order;
            }
            return 0;
          };
    const sign = options.reverse === true ? -1 : 1;
    const compare = (a: number, b: number): number => sign * compareRows(this.rows.at(a), this.rows.at(b));
    return this.rowsAt(await sortedIndices(this.length, compare, new LoopPacer('sort', options)));
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
    return this.rowsAt(order);
  }

  /**
   * Two disjoint parts that hold every row; sizes and stratified shares are scikit-learn's. With `groupByColumn`, rows of
   * one group stay together, and `testSize` counts groups.
   *
   * @throws {ConfigError} An option is out of range or goes with no other.
   * @throws {DataError} A class or a part is too small, or there is no such column.
   * @throws {AbortError} The signal fired.
   */
  async trainTestSplit(
    options: SplitOptions<ColumnOf<Row>> = {},
  ): Promise<{ train: Dataset<Row>; test: Dataset<Row> }> {
    const { train, test } = await splitIndices(this.rows, { seed: DEFAULT_SEED, ...options });
    return { train: this.rowsAt(train), test: this.rowsAt(test) };
  }

  /**
   * k pairs of parts; each row is in one pair's test part. Stratified folds have scikit-learn's numbers of each class,
   * grouped folds its groups.
   *
   * @throws {ConfigError} An option is out of range or goes with no other.
   * @throws {DataError} A class, or the number of rows or groups, is too small, or there is no such column.
   * @throws {AbortError} The signal fired.
   */
  async kFold(
    k: number,
    options: FoldOptions<ColumnOf<Row>> = {},
  ): Promise<{ train: Dataset<Row>; test: Dataset<Row> }[]> {
    const folds = await foldIndices(this.rows, k, { seed: DEFAULT_SEED, ...options });
    return folds.map(({ train, test }) => ({ train: this.rowsAt(train), test: this.rowsAt(test) }));
  }
}
