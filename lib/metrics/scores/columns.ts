import { ConfigError, DataError } from '../../util/errors.js';
import { meanScore } from '../classification/averaging.js';
import { type Label, type LabelList, chooseLabels, encodeLabels, placesAmong } from '../input/labels.js';
import { checkLength } from '../input/lists.js';
import { type Grid, columnOf } from '../input/tables.js';
import type { BinaryRows } from './binary.js';

/**
 * How the columns' scores become one: all cells as one list (micro), the plain mean (macro), the mean weighted by the
 * columns' positive rows (weighted), the mean of scores by row (samples), or not at all (null).
 */
export type ColumnAverage = 'micro' | 'macro' | 'weighted' | 'samples' | null;

/** @throws {ConfigError} The average is none of these. @internal */
export function checkAverage(where: string, average: ColumnAverage, known: readonly ColumnAverage[]): void {
  if (known.includes(average)) return;
  throw new ConfigError(`${where}: average must be ${known.map(String).join(', ')}, got ${String(average)}`, {
    average,
  });
}

/**
 * A score of each column, or row, of a table, and their average as asked for. A column without positive rows counts 0
 * among weighted ones.
 * @internal
 */
export function averageColumns(
  truth: Grid<Uint8Array>,
  scores: Grid,
  score: (rows: BinaryRows) => number,
  average: ColumnAverage,
  weights: Float64Array | undefined,
): number | number[] {
  const { rows, columns } = truth;
  if (average === 'micro') {
    const repeated =
      weights && Float64Array.from({ length: rows * columns }, (_, i) => weights[Math.floor(i / columns)]!);
    return score({ truth: truth.data, scores: scores.data, weights: repeated });
  }
  if (average === 'samples') {
    const byRow = Array.from({ length: rows }, (_, row) => {
      const [begin, end] = [row * columns, (row + 1) * columns];
      return score({
        truth: truth.data.subarray(begin, end),
        scores: scores.data.subarray(begin, end),
        weights: undefined,
      });
    });
    return plainMean(byRow, weights);
  }
  const byColumn = Array.from({ length: columns }, (_, column) =>
    score({ truth: columnOf(truth, column), scores: columnOf(scores, column), weights }),
  );
  if (average === null) return byColumn;
  if (average === 'macro') return plainMean(byColumn);
  const positives = byColumn.map((_, column) => {
    let total = 0;
    for (let row = 0; row < rows; row++) if (truth.data[row * columns + column] === 1) total += weights?.[row] ?? 1;
    return total;
  });
  if (positives.every((total) => total === 0)) return 0;
  return plainMean(byColumn, positives);
}

/** A mean that is NaN where any value is. @internal */
export function plainMean(values: readonly number[], weights?: ArrayLike<number>): number {
  return values.some((value, i) => Number.isNaN(value) && weights?.[i] !== 0) ? Number.NaN : meanScore(values, weights);
}

/**
 * Which class each row is of and each column stands for: the caller's labels, one per column in their order, or all that
 * occur, sorted.
 *
 * @throws {DataError} There are not as many classes as columns, or a label is none of the caller's.
 * @internal
 */
export function readColumns(
  where: string,
  yTrue: LabelList,
  scores: Grid,
  name: string,
  labels?: readonly Label[],
): Int32Array {
  checkLength(where, 'yTrue', yTrue.length, name, scores.rows);
  const { classes, codes } = encodeLabels(where, { yTrue });
  const chosen = chooseLabels(where, classes, labels);
  if (chosen.length !== scores.columns) {
    const hint = labels === undefined ? ': give labels where a class has no row' : '';
    const got = `${scores.columns} for ${chosen.length}${hint}`;
    throw new DataError(`${where}: ${name} must have a column per class, got ${got}`);
  }
  const places = placesAmong(classes, chosen);
  const missing = places.indexOf(-1);
  if (missing >= 0) throw new DataError(`${where}: yTrue must be one of labels, got ${classes[missing]}`);
  return codes.yTrue.map((code) => places[code]!);
}

/** A table with 1 in the column of each row's class. @internal */
export function oneHot(places: Int32Array, columns: number): Grid<Uint8Array> {
  const data = new Uint8Array(places.length * columns);
  for (let row = 0; row < places.length; row++) data[row * columns + places[row]!] = 1;
  return { rows: places.length, columns, data };
}
