import { LoopPacer } from '../../util/yield.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { uniqueValues } from './label_columns.js';
import { type RowSource, checkColumn, checkRow } from './row_source.js';
import { writeParquet } from '../writers/write_parquet.js';
import { type CsvWriteOptions, type RowWriteOptions, writeCsv, writeJsonl } from '../writers/write_rows.js';

/** Names of columns as a row type has them. */
export type ColumnOf<Row> = Extract<keyof Row, string>;

/** What takes long takes a signal. */
export interface SignalOptions {
  signal?: AbortSignal | undefined;
}

/** The class names of integer columns, by column. */
export type LabelNames = Readonly<Record<string, readonly string[]>>;

/**
 * What can be read of rows of named columns: the half of {@link Dataset} that makes no new dataset.
 */
export abstract class BaseDataset<Row extends object> implements Iterable<Readonly<Row>> {
  /** @internal */
  protected readonly rows: RowSource<Row>;
  /** Class names of the columns that `classEncodeColumn` and the like made, by column and in order of their numbers. */
  readonly labelNames: LabelNames;

  /** @internal */
  protected constructor(rows: RowSource<Row>, labelNames: LabelNames) {
    this.rows = rows;
    this.labelNames = labelNames;
  }

  /** Number of rows. */
  get length(): number {
    return this.rows.length;
  }

  /** The columns, in order. */
  get columnNames(): readonly string[] {
    return this.rows.columnNames;
  }

  /**
   * One row; a negative index counts from the end.
   * @throws {DataError} There is no such row.
   */
  at(index: number): Readonly<Row> {
    const place = index < 0 ? index + this.length : index;
    checkRow(this.rows, 'at', place, index);
    return this.rows.at(place);
  }

  *[Symbol.iterator](): IterableIterator<Readonly<Row>> {
    for (let i = 0; i < this.length; i++) yield this.rows.at(i);
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
    checkColumn(this.rows, 'column', name);
    return Array.from({ length: this.length }, (_, i) => this.rows.at(i)[name]);
  }

  /**
   * The different values of one column, in order of appearance.
   * @throws {DataError} There is no such column.
   * @throws {AbortError} The signal fired.
   */
  async unique<Column extends ColumnOf<Row>>(name: Column, options: SignalOptions = {}): Promise<Row[Column][]> {
    checkOptionNames('unique', options, ['signal']);
    checkColumn(this.rows, 'unique', name);
    return [...(await uniqueValues(this.rows, name, new LoopPacer('unique', options)))] as Row[Column][];
  }

  /**
   * Writes a CSV file with a header line; texts, numbers and truth values only. The file is there whole or not at all.
   * @throws {DataError} A value is a list or an object.
   * @throws {CheckpointError} The file cannot be written.
   * @throws {AbortError} The signal fired.
   */
  toCsv(path: string, options: CsvWriteOptions = {}): Promise<void> {
    return writeCsv(path, this.rows, options);
  }

  /**
   * Writes one JSON object a line; typed arrays as lists. The file is there whole or not at all.
   * @throws {DataError} A value has no JSON.
   * @throws {CheckpointError} The file cannot be written.
   * @throws {AbortError} The signal fired.
   */
  toJsonl(path: string, options: RowWriteOptions = {}): Promise<void> {
    return writeJsonl(path, this.rows, options);
  }

  /**
   * Writes a Parquet file (Snappy); lists and objects as JSON columns. The file is there whole or not at all.
   * @throws {DataError} A column mixes types, or holds values that Parquet has no type for.
   * @throws {CheckpointError} The file cannot be written.
   * @throws {AbortError} The signal fired.
   */
  toParquet(path: string, options: RowWriteOptions = {}): Promise<void> {
    return writeParquet(path, this.rows, options);
  }
}
