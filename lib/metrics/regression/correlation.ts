import { DataError } from '../../util/errors.js';
import { argsort } from '../input/argsort.js';
import { checkLength, checkList } from '../input/lists.js';
import { readNumbers } from '../input/tables.js';

function readPair(where: string, x: ArrayLike<number>, y: ArrayLike<number>): [ArrayLike<number>, ArrayLike<number>] {
  for (const [name, values] of Object.entries({ x, y })) checkList(where, name, values);
  checkLength(where, 'x', x.length, 'y', y.length);
  if (x.length < 2) throw new DataError(`${where}: there must be at least two rows, got ${x.length}`);
  return [readNumbers(where, 'x', x).data, readNumbers(where, 'y', y).data];
}

/** The mean relative to the first value: of a constant, exactly 0. */
function offsetMean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - values[0]!;
  return sum / values.length;
}

/** Distances from the mean relative to the greatest, so that squares neither overflow nor vanish; NaN of a constant. */
function centred(values: ArrayLike<number>): Float64Array {
  const mean = offsetMean(values);
  const distances = new Float64Array(values.length);
  let greatest = 0;
  for (let i = 0; i < distances.length; i++) {
    distances[i] = values[i]! - values[0]! - mean;
    greatest = Math.max(greatest, Math.abs(distances[i]!));
  }
  for (let i = 0; i < distances.length; i++) distances[i]! /= greatest;
  return distances;
}

/** @internal */
export function correlationOf(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [a, b] = [centred(x), centred(y)];
  let [ofX, ofY, together] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    ofX += a[i]! * a[i]!;
    ofY += b[i]! * b[i]!;
    together += a[i]! * b[i]!;
  }
  const correlation = together / Math.sqrt(ofX * ofY);
  return x.length === 2 ? Math.sign(correlation) : Math.max(-1, Math.min(1, correlation));
}

/**
 * Pearson's correlation coefficient, as scipy.stats.pearsonr has it; NaN where either list is constant.
 *
 * @param x One value for each row.
 * @param y Another value for each row.
 * @throws {DataError} Unequal lengths, fewer than two rows, or values that are not finite.
 *
 * @example
 * ```ts
 * import { pearsonCorrelation } from 'gridstride';
 * console.log(pearsonCorrelation([1, 2, 3], [2, 2, 5]).toFixed(4)); // 0.8660
 * ```
 */
export function pearsonCorrelation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return correlationOf(...readPair('pearsonCorrelation', x, y));
}

/**
 * Spearman's rank correlation coefficient, as scipy.stats.spearmanr has it: Pearson's of the ranks, where equal values
 * share the mean of their ranks; NaN where either list is constant.
 *
 * @param x One value for each row.
 * @param y Another value for each row.
 * @throws {DataError} Unequal lengths, fewer than two rows, or values that are not finite.
 *
 * @example
 * ```ts
 * import { spearmanCorrelation } from 'gridstride';
 * console.log(spearmanCorrelation([1, 20, 300], [5, 6, 7])); // 1
 * ```
 */
export function spearmanCorrelation(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [xs, ys] = readPair('spearmanCorrelation', x, y);
  return rankCorrelationOf(xs, ys);
}

/** @internal */
export function rankCorrelationOf(x: ArrayLike<number>, y: ArrayLike<number>): number {
  return correlationOf(averageRanks(x), averageRanks(y));
}

/** Each value's rank from 1; equal values share the mean of theirs. */
function averageRanks(values: ArrayLike<number>): Float64Array {
  const order = argsort(values);
  const ranks = new Float64Array(order.length);
  for (let begin = 0, end = 0; begin < order.length; begin = end) {
    const value = values[order[begin]!]!;
    while (end < order.length && values[order[end]!] === value) end += 1;
    for (let i = begin; i < end; i++) ranks[order[i]!] = (begin + end + 1) / 2;
  }
  return ranks;
}
