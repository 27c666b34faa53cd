import { Tensor } from '../../tensor/tensor.js';
import { DataError, ShapeError, UnsupportedOpError } from '../../util/errors.js';
import type { IntArray, Shaped, TokenInput } from './inputs.js';

/** Rows of integers of unequal lengths: row r is values[offsets[r]] up to values[offsets[r + 1]]. @internal */
export interface Ragged {
  values: Int32Array;
  offsets: Int32Array; // (B + 1)
}

/** Whether `input` is data with a shape. @internal */
export function isShaped(input: unknown): input is Shaped {
  return (
    typeof input === 'object' && input !== null && 'data' in input && 'shape' in input && !(input instanceof Tensor)
  );
}

/** The host's copy of an integer tensor. @internal */
export function hostOf(where: string, name: string, tensor: Tensor): ArrayLike<number | bigint> {
  if (tensor.host !== undefined) return tensor.host;
  throw new UnsupportedOpError(
    `${where}: ${name} must be known on the host, got a tensor computed on ${tensor.device}; ` +
      'call `await pack(inputs)` first, which reads it back',
    { input: name },
  );
}

/** A number, bigint or boolean as a number; NaN for all else, which `Number` would make something of. @internal */
export function numberOf(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' || typeof value === 'boolean' ? Number(value) : NaN;
}

function copyChecked(
  where: string,
  name: string,
  from: ArrayLike<unknown>,
  to: Int32Array,
  at: number,
  row: number,
): void {
  for (let i = 0; i < from.length; i++) {
    const value = numberOf(from[i]);
    if (value !== (value | 0)) {
      const got = `${String(from[i])} at token ${i} of row ${row}`;
      throw new DataError(`${where}: ${name} must be 32-bit integers, got ${got}`, { input: name, row, token: i });
    }
    to[at + i] = value;
  }
}

function fromRows(where: string, name: string, rows: readonly ArrayLike<unknown>[]): Ragged {
  const offsets = new Int32Array(rows.length + 1);
  rows.forEach((row, r) => {
    if (typeof row !== 'object' || row === null || !Number.isInteger(row.length))
      throw new DataError(`${where}: ${name} must be rows of integers, got ${typeof row} in row ${r}`, { input: name });
    offsets[r + 1] = offsets[r]! + row.length;
  });
  const values = new Int32Array(offsets[rows.length]!);
  rows.forEach((row, r) => copyChecked(where, name, row, values, offsets[r]!, r));
  return { values, offsets };
}

function fromFlat(where: string, name: string, data: ArrayLike<unknown>, shape: readonly number[]): Ragged {
  const [batch = 0, width = 0] = shape;
  if (shape.length !== 2 || batch * width !== data.length)
    throw new ShapeError(
      `${where}: ${name} must have shape (B, S), got (${shape.join(', ')}) for ${data.length} values`,
      {
        input: name,
        shape,
      },
    );
  const offsets = Int32Array.from({ length: batch + 1 }, (_, r) => r * width);
  return { values: checkedFlat(where, name, data), offsets };
}

function checkedFlat(where: string, name: string, data: ArrayLike<unknown>): Int32Array {
  if (data instanceof Int32Array) return data;
  const values = new Int32Array(data.length);
  copyChecked(where, name, data, values, 0, 0);
  return values;
}

function isTyped(input: unknown): input is IntArray {
  return ArrayBuffer.isView(input) && !(input instanceof DataView);
}

/** Rows, or shaped data, as ragged rows. @throws DataError, ShapeError, UnsupportedOpError @internal */
export function toRagged(where: string, name: string, input: TokenInput): Ragged {
  if (input instanceof Tensor) return fromFlat(where, name, hostOf(where, name, input), input.shape);
  if (isShaped(input)) return fromFlat(where, name, input.data, input.shape);
  if (isTyped(input))
    throw new ShapeError(`${where}: flat ${name} need a shape ({ data, shape }) or the batch's lengths, got neither`);
  if (!Array.isArray(input))
    throw new DataError(`${where}: ${name} must be rows, typed data or a tensor, got ${typeof input}`, { input: name });
  return fromRows(where, name, input as readonly ArrayLike<unknown>[]);
}

/** The flat values of a packed batch of T tokens. @internal */
export function toPacked(where: string, name: string, input: TokenInput, total: number): Int32Array {
  let flat: ArrayLike<unknown>;
  if (input instanceof Tensor) flat = hostOf(where, name, input);
  else if (isShaped(input)) flat = input.data;
  else flat = input as ArrayLike<unknown>;
  if (flat.length !== total)
    throw new ShapeError(`${where}: ${name} of a packed batch must have ${total} values, got ${flat.length}`, {
      input: name,
    });
  return checkedFlat(where, name, flat);
}

/** Refuses rows whose lengths are not those of `like`. @internal */
export function checkSameRows(where: string, name: string, rows: Ragged, like: Ragged, likeName: string): void {
  const batch = like.offsets.length - 1;
  if (rows.offsets.length - 1 !== batch)
    throw new ShapeError(
      `${where}: ${name} must have as many rows as ${likeName}, got ${rows.offsets.length - 1} for ${batch}`,
      {
        input: name,
      },
    );
  for (let r = 0; r < batch; r++) {
    const got = rows.offsets[r + 1]! - rows.offsets[r]!;
    const expected = like.offsets[r + 1]! - like.offsets[r]!;
    if (got === expected) continue;
    throw new ShapeError(`${where}: ${name} must be as long as ${likeName}, got ${got} for ${expected} in row ${r}`, {
      input: name,
      row: r,
    });
  }
}
