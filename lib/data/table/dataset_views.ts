import { checkOptionNames } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import { ascending } from '../../util/philox.js';
import { LoopPacer } from '../../util/yield.js';
import { BaseDataset, type ColumnOf, type LabelNames, type SignalOptions } from './base_dataset.js';
import type { Dataset } from './dataset.js';
import { LabelIndex, classColumn, findNames, multiLabelColumn, numberColumn, splitLabels } from './label_columns.js';
import { ProjectedRows, type RowSource, SelectedRows, WidenedRows, checkColumn, checkRow } from './row_source.js';

/** What {@link Dataset.encodeMultiLabels} takes. */
export interface MultiLabelOptions extends SignalOptions {
  /** Between the labels of a text; a comma by default. */
  separator?: string;
  /** The labels, in order of their places; by default all there are, sorted. */
  names?: readonly string[];
}

type Renamed<Row, From extends keyof Row, To extends string> = Omit<Row, From> & Record<To, Row[From]>;
type Replaced<Row, Column extends string, Value> = Omit<Row, Column> & Record<Column, Value>;
/**
 * What changes which rows and columns are seen, or the values of one column: the half of {@link Dataset} that never
 * calls a function of the caller's.
 */
export abstract class DatasetViews<Row extends object> extends BaseDataset<Row> {
  /** A dataset of other rows. @internal */
  protected abstract derive<Out extends object>(rows: RowSource<Out>, labelNames: LabelNames): Dataset<Out>;

  /** Some rows of this dataset. @internal */
  protected rowsAt(order: Uint32Array): Dataset<Row> {
    return this.derive(new SelectedRows(this.rows, order), this.labelNames);
  }

  /** This dataset with other values, and perhaps class names, in one column. */
  #withColumn<Out extends object>(name: string, values: ArrayLike<unknown>, names?: readonly string[]): Dataset<Out> {
    const { [name]: _, ...others } = this.labelNames;
    const labelNames = names === undefined ? others : { ...others, [name]: names };
    return this.derive(new WidenedRows<Out>(this.rows, name, values), labelNames);
  }

  /**
   * The rows at the given indices, in that order; an index may occur more than once.
   * @throws {DataError} There is no row at an index.
   */
  select(indices: Iterable<number>): Dataset<Row> {
    const wanted = indices instanceof Uint32Array ? indices : [...indices];
    for (const index of wanted) checkRow(this.rows, 'select', index, index);
    return this.rowsAt(Uint32Array.from(wanted));
  }

  /** The rows from `start` up to but without `end`; negative values count from the end, as in `Array.slice`. */
  slice(start?: number, end?: number): Dataset<Row> {
    return this.rowsAt(ascending(this.length).slice(start, end));
  }

  /** The first rows; all where there are fewer. */
  take(count: number): Dataset<Row> {
    return this.slice(0, Math.max(0, count));
  }

  /** All but the first rows. */
  skip(count: number): Dataset<Row> {
    return this.slice(Math.max(0, count));
  }

  /**
   * The dataset with some columns only, in the order given.
   * @throws {DataError} There is no such column.
   */
  selectColumns<Column extends ColumnOf<Row>>(names: Column | readonly Column[]): Dataset<Pick<Row, Column>> {
    for (const name of toList(names)) checkColumn(this.rows, 'selectColumns', name);
    return this.#projected(new Map(toList(names).map((name) => [name, name])));
  }

  /**
   * The dataset without some columns.
   * @throws {DataError} There is no such column.
   */
  removeColumns<Column extends ColumnOf<Row>>(names: Column | readonly Column[]): Dataset<Omit<Row, Column>> {
    const removed: readonly string[] = toList(names);
    for (const name of removed) checkColumn(this.rows, 'removeColumns', name);
    const kept = this.rows.columnNames.filter((name) => !removed.includes(name));
    return this.#projected(new Map(kept.map((name) => [name, name])));
  }

  /**
   * The dataset with a column under another name, in the same place.
   * @throws {DataError} There is no such column, or the new name is taken.
   */
  renameColumn<From extends ColumnOf<Row>, To extends string>(from: From, to: To): Dataset<Renamed<Row, From, To>> {
    checkColumn(this.rows, 'renameColumn', from);
    const names = this.rows.columnNames;
    if (names.includes(to)) {
      throw new DataError(`renameColumn: the new name must be free, got ${to} beside ${names.join(', ')}`, { to });
    }
    return this.#projected(new Map(names.map((name) => [name === from ? to : name, name])));
  }

  /** @param originals This dataset's column for each column of the new one. */
  #projected<Out extends object>(originals: ReadonlyMap<string, string>): Dataset<Out> {
    const entries = [...originals].map(([name, original]) => [name, this.labelNames[original]] as const);
    const labelNames = Object.fromEntries(entries.filter(([, names]) => names !== undefined)) as LabelNames;
    return this.derive(new ProjectedRows<Out>(this.rows, originals), labelNames);
  }

  /**
   * The dataset with one column more.
   * @param values One for each row.
   * @throws {DataError} The name is taken, or there are more or fewer values than rows.
   */
  addColumn<Column extends string, Value>(
    name: Column,
    values: ArrayLike<Value>,
  ): Dataset<Row & Record<Column, Value>> {
    if (this.columnNames.includes(name) || name === '__proto__')
      throw new DataError(`addColumn: the name must be free, got ${name} beside ${this.columnNames.join(', ')}`);
    if (values?.length !== this.length)
      throw new DataError(`addColumn: there must be a value for each of ${this.length} rows, got ${values?.length}`);
    return this.#withColumn(name, Array.from(values));
  }

  /**
   * A column of labels as class numbers: texts, or numbers as texts, sorted by code point as in Hugging Face's datasets.
   * `labelNames` then holds the names.
   *
   * @throws {DataError} There is no such column, or a row has no label.
   * @throws {AbortError} The signal fired.
   */
  async classEncodeColumn<Column extends ColumnOf<Row>>(
    column: Column,
    options: SignalOptions = {},
  ): Promise<Dataset<Replaced<Row, Column, number>>> {
    checkOptionNames('classEncodeColumn', options, ['signal']);
    checkColumn(this.rows, 'classEncodeColumn', column);
    const pacer = new LoopPacer('classEncodeColumn', options);
    const names = await findNames('classEncodeColumn', this.rows, column, pacer, (value) => [value]);
    if (names.length === 0) return this.#withColumn(column, [], []);
    const index = new LabelIndex('classEncodeColumn', column, names, true);
    return this.#withColumn(column, await classColumn(this.rows, column, index, pacer), names);
  }

  /**
   * A column of labels as the numbers of given classes, such as a trained model's: a text is a class's name or, where it
   * is none, its number in digits; a number is a class already.
   *
   * @throws {DataError} There is no such column, or a row's label is unknown.
   * @throws {AbortError} The signal fired.
   */
  async castLabels<Column extends ColumnOf<Row>>(
    column: Column,
    names: readonly string[],
    options: SignalOptions = {},
  ): Promise<Dataset<Replaced<Row, Column, number>>> {
    checkOptionNames('castLabels', options, ['signal']);
    checkColumn(this.rows, 'castLabels', column);
    const index = new LabelIndex('castLabels', column, names, false);
    const values = await classColumn(this.rows, column, index, new LoopPacer('castLabels', options));
    return this.#withColumn(column, values, [...names]);
  }

  /**
   * A column of several labels a row (a text with a separator, or a list) as lists of 0 and 1, one for each class.
   *
   * @throws {DataError} There is no such column, or a row's label is unknown.
   * @throws {AbortError} The signal fired.
   */
  async encodeMultiLabels<Column extends ColumnOf<Row>>(
    column: Column,
    options: MultiLabelOptions = {},
  ): Promise<Dataset<Replaced<Row, Column, number[]>>> {
    const where = 'encodeMultiLabels';
    checkOptionNames(where, options, ['separator', 'names', 'signal']);
    checkColumn(this.rows, where, column);
    const pacer = new LoopPacer(where, options);
    const split = splitLabels(where, options.separator ?? ',');
    const names = options.names ?? (await findNames(where, this.rows, column, pacer, split));
    const index = new LabelIndex(where, column, names, options.names === undefined);
    return this.#withColumn(column, await multiLabelColumn(this.rows, column, index, pacer, split), [...names]);
  }

  /**
   * A column as numbers, such as the targets of a regression that a CSV file holds as texts.
   *
   * @throws {DataError} There is no such column, or a value is no finite number.
   * @throws {AbortError} The signal fired.
   */
  async castNumbers<Column extends ColumnOf<Row>>(
    column: Column,
    options: SignalOptions = {},
  ): Promise<Dataset<Replaced<Row, Column, number>>> {
    checkOptionNames('castNumbers', options, ['signal']);
    checkColumn(this.rows, 'castNumbers', column);
    const pacer = new LoopPacer('castNumbers', options);
    return this.#withColumn(column, await numberColumn('castNumbers', this.rows, column, pacer));
  }
}

/** One value, or several, as a list. @internal */
export function toList<Value extends string>(values: Value | readonly Value[]): readonly Value[] {
  return typeof values === 'string' ? [values] : values;
}
