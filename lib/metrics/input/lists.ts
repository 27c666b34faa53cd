import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';

/**
 * Checks that a value has a length and elements: an array or a typed array.
 * @throws {DataError} It has not.
 * @internal
 */
export function checkList(where: string, name: string, values: unknown): asserts values is ArrayLike<unknown> {
  const isObject = typeof values === 'object' && values !== null;
  if (isObject && 'length' in values && Number.isInteger(values.length)) return;
  throw new DataError(`${where}: ${name} must be an array or a typed array, got ${shown(values)}`);
}

/**
 * Checks that two inputs have as many rows.
 * @throws {DataError} They have not.
 * @internal
 */
export function checkLength(where: string, name: string, length: number, otherName: string, other: number): void {
  if (length === other) return;
  throw new DataError(`${where}: ${name} and ${otherName} must have the same length, got ${length} and ${other}`, {
    [name]: length,
    [otherName]: other,
  });
}

/**
 * Checks that two tables have as many columns.
 * @throws {DataError} They have not.
 * @internal
 */
export function checkColumns(where: string, names: string, columns: number, others: number): void {
  if (columns === others) return;
  throw new DataError(`${where}: ${names} must have as many columns, got ${columns} and ${others}`, {
    columns,
    others,
  });
}

/**
 * The rows' weights, or undefined where none are given.
 *
 * @throws {DataError} They are not as many as rows, negative, not finite, or all zero.
 * @internal
 */
export function readWeights(
  where: string,
  sampleWeight: ArrayLike<number> | undefined,
  rows: number,
): Float64Array | undefined {
  if (sampleWeight === undefined) return undefined;
  checkList(where, 'sampleWeight', sampleWeight);
  if (sampleWeight.length !== rows) {
    const got = `${sampleWeight.length} for ${rows}`;
    throw new DataError(`${where}: sampleWeight must be as many as rows, got ${got}`, { rows });
  }
  const weights = new Float64Array(rows);
  let total = 0;
  for (let i = 0; i < rows; i++) {
    const weight: unknown = sampleWeight[i];
    if (typeof weight !== 'number' || !(weight >= 0 && weight < Infinity)) {
      throw new DataError(`${where}: sampleWeight must be finite and 0 or more, got ${shown(weight)} at ${i}`);
    }
    weights[i] = weight;
    total += weight;
  }
  if (total === 0) throw new DataError(`${where}: sampleWeight must not be all zero`);
  return weights;
}

/**
 * The sum or weighted mean of a value over rows.
 * @internal
 */
export function totalOver(
  rows: number,
  valueOf: (row: number) => number,
  weights: Float64Array | undefined,
  isMean = true,
): number {
  let total = 0;
  let weight = 0;
  for (let i = 0; i < rows; i++) {
    const share = weights === undefined ? 1 : weights[i]!;
    total += share * valueOf(i);
    weight += share;
  }
  return isMean ? total / weight : total;
}
