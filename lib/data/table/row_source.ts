import { didYouMean } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';

/**
 * Where a dataset's rows come from. Views wrap other sources and cost nothing per row until a row is read,
 * so that selecting, renaming and joining never copy rows.
 * @internal
 */
export interface RowSource<Row extends object> {
  readonly length: number;
  readonly columnNames: readonly string[];
  /** The row at an index in [0, length). */
  at(index: number): Readonly<Row>;
}

/**
 * Rows kept in an array.
 * @internal
 */
export class ArrayRows<Row extends object> implements RowSource<Row> {
  readonly #rows: readonly Row[];
  readonly columnNames: readonly string[];

  constructor(rows: readonly Row[], columnNames?: readonly string[]) {
    this.#rows = rows;
    this.columnNames = columnNames ?? (rows[0] === undefined ? [] : Object.keys(rows[0]));
  }

  get length(): number {
    return this.#rows.length;
  }

  at(index: number): Readonly<Row> {
    return this.#rows[index]!;
  }
}

/**
 * Some rows of a source, in any order and with repeats.
 * @internal
 */
export class SelectedRows<Row extends object> implements RowSource<Row> {
  readonly #source: RowSource<Row>;
  readonly #order: Uint32Array;

  constructor(source: RowSource<Row>, order: Uint32Array) {
    // A selection of a selection reads through one index, however long the chain.
    this.#source = source instanceof SelectedRows ? source.#source : source;
    this.#order = source instanceof SelectedRows ? order.map((index) => source.#order[index]!) : order;
  }

  get length(): number {
    return this.#order.length;
  }

  get columnNames(): readonly string[] {
    return this.#source.columnNames;
  }

  at(index: number): Readonly<Row> {
    return this.#source.at(this.#order[index]!);
  }
}

/**
 * The rows of a source with some of its columns, under the same or other names.
 * @internal
 */
export class ProjectedRows<Row extends object> implements RowSource<Row> {
  readonly #source: RowSource<object>;
  readonly #originals: ReadonlyMap<string, string>;
  readonly columnNames: readonly string[];

  /** @param originals The source's column for each column of the view. */
  constructor(source: RowSource<object>, originals: ReadonlyMap<string, string>) {
    this.#source = source;
    this.#originals = originals;
    this.columnNames = [...originals.keys()];
  }

  get length(): number {
    return this.#source.length;
  }

  at(index: number): Readonly<Row> {
    const row = this.#source.at(index) as Record<string, unknown>;
    const projected: Record<string, unknown> = {};
    for (const [name, original] of this.#originals) projected[name] = row[original];
    return projected as Row;
  }
}

/**
 * The rows of a source with one column more, or one replaced.
 * @internal
 */
export class WidenedRows<Row extends object> implements RowSource<Row> {
  readonly #source: RowSource<object>;
  readonly #name: string;
  readonly #values: ArrayLike<unknown>;
  readonly columnNames: readonly string[];

  constructor(source: RowSource<object>, name: string, values: ArrayLike<unknown>) {
    this.#source = source;
    this.#name = name;
    this.#values = values;
    this.columnNames = [...new Set([...source.columnNames, name])];
  }

  get length(): number {
    return this.#source.length;
  }

  at(index: number): Readonly<Row> {
    return { ...this.#source.at(index), [this.#name]: this.#values[index] } as Row;
  }
}

/**
 * Several sources with the same columns, one after the other.
 * @internal
 */
export class JoinedRows<Row extends object> implements RowSource<Row> {
  readonly #parts: readonly RowSource<Row>[];
  readonly #ends: readonly number[];
  readonly length: number;

  /** @throws {DataError} The parts' columns differ. */
  constructor(parts: readonly RowSource<Row>[]) {
    this.#parts = parts.filter((part) => part.length > 0);
    const names = this.columnNames;
    for (const part of this.#parts) {
      const isSame = part.columnNames.length === names.length && part.columnNames.every((name) => names.includes(name));
      if (isSame) continue;
      const told = `${names.join(', ')} and ${part.columnNames.join(', ')}`;
      throw new DataError(`concatenate: datasets must have the same columns, got ${told}`, { columns: names });
    }
    let end = 0;
    this.#ends = this.#parts.map((part) => (end += part.length));
    this.length = end;
  }

  get columnNames(): readonly string[] {
    return this.#parts[0]?.columnNames ?? [];
  }

  at(index: number): Readonly<Row> {
    const part = this.#ends.findIndex((end) => index < end);
    const start = part === 0 ? 0 : this.#ends[part - 1]!;
    return this.#parts[part]!.at(index - start);
  }
}

/**
 * Refuses an index without a row.
 *
 * @param given The caller's own number, for the error's text.
 * @throws {DataError} The index is no integer in [0, length).
 * @internal
 */
export function checkRow(rows: RowSource<object>, where: string, index: number, given: number): void {
  if (Number.isInteger(index) && index >= 0 && index < rows.length) return;
  const rule = `index must be an integer below the number of rows ${rows.length}`;
  throw new DataError(`${where}: ${rule}, got ${given}`, { index: given, length: rows.length });
}

/**
 * Refuses the name of a column that is not there.
 * @throws {DataError} The text holds the nearest name.
 * @internal
 */
export function checkColumn(
  rows: Pick<RowSource<object>, 'length' | 'columnNames'>,
  where: string,
  name: string,
): void {
  const names = rows.columnNames;
  // No rows, no keys to know columns by: such a dataset has every column, all empty.
  const isBlank = rows.length === 0 && names.length === 0;
  if (isBlank || names.includes(name)) return;
  const rule = `column must be one of ${names.join(', ') || 'none'}`;
  throw new DataError(`${where}: ${rule}, got ${name}${didYouMean(name, names)}`, { column: name });
}
