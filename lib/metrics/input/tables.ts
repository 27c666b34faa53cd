import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { checkList } from './lists.js';

/** All values of a table, row after row. */
export interface FlatTable {
  /** (rows * columns) */
  data: ArrayLike<number>;
  shape: readonly [rows: number, columns: number];
}

/** A table of numbers: its rows (arrays or typed arrays of one length), or all values with their shape. */
export type NumberTable = readonly ArrayLike<number>[] | FlatTable;

/** A table of labels that are there (1 or true) or not: its rows, or all values with their shape. */
export type LabelTable = readonly ArrayLike<number | boolean>[] | FlatTable;

/** A table's values row after row. @internal */
export interface Grid<Values extends ArrayLike<number> = Float32Array | Float64Array> {
  rows: number;
  columns: number;
  /** (rows * columns) */
  data: Values;
}

/** Whether a value is a table and not a list of numbers or labels. @internal */
export function isTable(values: unknown): values is LabelTable {
  if (typeof values !== 'object' || values === null) return false;
  if ('shape' in values) return true;
  const first = (values as ArrayLike<unknown>)[0];
  return typeof first === 'object' && first !== null;
}

/**
 * Reads a list as one column, or a table. A flat typed array of floats is not copied.
 *
 * @throws {DataError} It is neither, its rows differ in length, it is empty, or a value is not finite.
 * @internal
 */
export function readNumbers(where: string, name: string, values: ArrayLike<number> | NumberTable): Grid {
  const { rows, columns, data } = flatten(where, name, values, numberOr);
  const isFloats = data instanceof Float64Array || data instanceof Float32Array;
  const floats = isFloats ? data : new Float64Array(rows * columns);
  for (let i = 0; i < floats.length; i++) {
    const value: unknown = data[i];
    if (!Number.isFinite(value)) {
      const place = columns === 1 ? `at ${i}` : `in row ${Math.floor(i / columns)}`;
      throw new DataError(`${where}: ${name} must be finite numbers, got ${shown(value)} ${place}`);
    }
    if (!isFloats) floats[i] = value as number;
  }
  return { rows, columns, data: floats };
}

/**
 * Reads a table of labels that are there (1 or true) or not (0 or false), one column per label.
 *
 * @throws {DataError} It is no table, its rows differ in length, it is empty, or a value is neither 0 nor 1.
 * @internal
 */
export function readIndicator(where: string, name: string, table: LabelTable): Grid<Uint8Array> {
  const { rows, columns, data } = flatten(where, name, table, bitOr);
  const bits = new Uint8Array(rows * columns);
  for (let i = 0; i < bits.length; i++) {
    const value: unknown = data[i];
    if (value !== 0 && value !== 1) {
      const rule = `${name} must be 0 or 1 in each column`;
      throw new DataError(`${where}: ${rule}, got ${shown(value)} in row ${Math.floor(i / columns)}`);
    }
    bits[i] = value;
  }
  return { rows, columns, data: bits };
}

/** Makes a value a number; NaN where it is none. */
type ToNumber = (value: unknown) => number;

function flatten(
  where: string,
  name: string,
  values: ArrayLike<number> | LabelTable,
  toNumber: ToNumber,
): Grid<ArrayLike<number>> {
  if (isTable(values))
    return 'shape' in values ? checkFlat(where, name, values) : joinRows(where, name, values, toNumber);
  checkList(where, name, values);
  if (values.length === 0) throw new DataError(`${where}: ${name} must have at least one row, got none`);
  return { rows: values.length, columns: 1, data: values };
}

function checkFlat(where: string, name: string, { data, shape }: FlatTable): Grid<ArrayLike<number>> {
  checkList(where, name, data);
  const [rows, columns] = Array.isArray(shape) ? shape : [Number.NaN, Number.NaN];
  const isShape = [rows, columns].every((size) => Number.isInteger(size) && size > 0) && shape.length === 2;
  if (isShape && rows * columns === data.length) return { rows, columns, data };
  const got = `${shown(shape)} for ${data.length} values`;
  throw new DataError(`${where}: ${name} must have the shape [rows, columns] of its data, got ${got}`, { shape });
}

function joinRows(where: string, name: string, rows: readonly ArrayLike<number | boolean>[], toNumber: ToNumber): Grid {
  const columns = rows[0]!.length;
  if (!(columns > 0)) throw new DataError(`${where}: ${name} must have at least one column, got none`);
  // Rows in f32 stay f32: what a probability is clipped to depends on the type.
  const isF32 = Array.prototype.every.call(rows, (row) => row instanceof Float32Array);
  const data = new (isF32 ? Float32Array : Float64Array)(rows.length * columns);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    checkList(where, `row ${i} of ${name}`, row);
    if (row.length !== columns) {
      const got = `${columns} in row 0 and ${row.length} in row ${i}`;
      throw new DataError(`${where}: ${name} must have as many values in each row, got ${got}`);
    }
    for (let j = 0; j < columns; j++) data[i * columns + j] = toNumber(row[j]);
  }
  return { rows: rows.length, columns, data };
}

/** What is no number becomes NaN here, and is refused with all that are not finite. */
function numberOr(value: unknown): number {
  return typeof value === 'number' ? value : Number.NaN;
}

function bitOr(value: unknown): number {
  return typeof value === 'boolean' ? Number(value) : numberOr(value);
}

/** One column of a table. @internal */
export function columnOf<Values extends Uint8Array | Float32Array | Float64Array>(
  { rows, columns, data }: Grid<Values>,
  column: number,
): Values {
  const values = data.slice(0, rows) as Values;
  for (let i = 0; i < rows; i++) values[i] = data[i * columns + column]!;
  return values;
}
