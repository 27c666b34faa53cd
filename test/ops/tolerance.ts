import type { DType } from '../../lib/index.js';
import { isFloating } from '../../lib/tensor/dtype.js';
import { noteError } from '../worst_error.js';
import type { Numbers } from './cases.js';
import { roundTo, unitOf } from './rounding.js';

/** What f32 arithmetic inside an op may add for any storage type, in units of the largest value. */
const ARITHMETIC_UNITS = 24;

function largest(values: Float64Array): number {
  return values.reduce((most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most), 0);
}

function worst(a: Float64Array, b: Float64Array, atB: (x: number) => number): { error: number; at: number } {
  let error = 0;
  let at = -1;
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, atB(b[i]!)];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const distance = Math.abs(x - y);
    if (distance > error || Number.isNaN(distance)) {
      error = Number.isNaN(distance) ? Infinity : distance;
      at = i;
    }
  }
  return { error, at };
}

/**
 * Throws unless `actual` is at most twice as far from `exact` as a naive computation in the same dtype. The naive one
 * is the double-precision reference on inputs rounded to the dtype (`naive`), its result rounded once more. A floor of
 * a few roundings of the largest value stands for sums in f32 where the reference happens to be exact. Integers and
 * booleans must be equal.
 */
export function compare(
  name: string,
  actual: Numbers,
  exact: Numbers,
  naive: Numbers,
  dtype: DType,
  slack: number,
): void {
  if (String(actual.shape) !== String(exact.shape))
    throw new Error(`${name}: the shape is (${actual.shape}), the reference's (${exact.shape})`);
  if (actual.data.length !== exact.data.length)
    throw new Error(`${name}: ${actual.data.length} elements, the reference has ${exact.data.length}`);
  let allowed = 0;
  if (isFloating(dtype)) {
    const scale = largest(exact.data);
    const arithmetic = ARITHMETIC_UNITS * scale * unitOf(dtype === 'f64' ? 'f64' : 'f32');
    const floor = unitOf(dtype) * scale * (dtype === 'f64' ? 256 : 1) + 2 ** -126;
    const error = worst(naive.data, exact.data, (x) => x).error;
    const rounded = worst(naive.data, naive.data, (x) => roundTo(dtype, x)).error;
    allowed = slack * (2 * ((Number.isFinite(error) ? error : 0) + rounded) + floor + arithmetic);
  }
  const { error, at } = worst(actual.data, exact.data, (x) => x);
  noteError(error === 0 ? 0 : error / allowed, error === 0 ? 0 : error / largest(exact.data));
  if (error > allowed)
    throw new Error(
      `${name}: element ${at} is ${actual.data[at]}, the reference ${exact.data[at]}: ` +
        `off by ${error}, allowed ${allowed}`,
    );
}
