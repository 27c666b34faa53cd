import { checkOptionNames } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import type { Label, LabelList } from '../input/labels.js';
import { readWeights, totalOver } from '../input/lists.js';
import { type Grid, type NumberTable, readNumbers } from '../input/tables.js';
import { readColumns } from './columns.js';
import { checkProbabilities, checkSumsToOne } from './inputs.js';

/** What {@link logLoss} takes. */
export interface LogLossOptions {
  /** The class of each column of `yProba`, in their order; all that occur in `yTrue`, sorted, by default. */
  labels?: readonly Label[];
  /** The mean over rows (the default), or with false the sum. */
  normalize?: boolean;
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
}

/**
 * Reads probabilities of two or more classes; one column is the second class of two.
 *
 * @throws {DataError} They are no probabilities, or do not fit the labels.
 * @internal
 */
export function readProbabilities(
  where: string,
  yTrue: LabelList,
  yProba: ArrayLike<number> | NumberTable,
  labels?: readonly Label[],
): { places: Int32Array; probabilities: Grid } {
  const given = readNumbers(where, 'yProba', yProba);
  checkProbabilities(where, 'yProba', given);
  const probabilities = given.columns === 1 ? withFirstClass(given) : given;
  const places = readColumns(where, yTrue, probabilities, 'yProba', labels);
  checkSumsToOne(where, 'yProba', probabilities);
  return { places, probabilities };
}

function withFirstClass({ rows, data }: Grid): Grid {
  const both = new (data instanceof Float32Array ? Float32Array : Float64Array)(rows * 2);
  data.forEach((value, row) => both.set([1 - value, value], row * 2));
  return { rows, columns: 2, data: both };
}

/**
 * The mean negative logarithm of the probability that each row's class was given (cross entropy). Values are those of
 * scikit-learn's log_loss; probabilities are kept above the spacing of their type, 2^-52, or 2^-23 in Float32Arrays.
 *
 * @param yTrue The true label of each row.
 * @param yProba A table of probabilities with a column per class; of two classes, those of the second will do.
 * @throws {DataError} Sizes that do not fit, no rows, labels of mixed types or not among `labels`, only one class, or
 *   rows that are no probabilities.
 *
 * @example
 * ```ts
 * import { logLoss } from 'gridstride';
 * console.log(logLoss(['ham', 'spam'], [[0.9, 0.1], [0.2, 0.8]]).toFixed(4)); // 0.1643
 * ```
 */
export function logLoss(
  yTrue: LabelList,
  yProba: ArrayLike<number> | NumberTable,
  options: LogLossOptions = {},
): number {
  const where = 'logLoss';
  checkOptionNames(where, options, ['labels', 'normalize', 'sampleWeight']);
  const { places, probabilities } = readProbabilities(where, yTrue, yProba, options.labels);
  const { rows, columns, data } = probabilities;
  if (columns < 2) throw new DataError(`${where}: yProba must be of at least two classes, got ${columns}`);
  const least = data instanceof Float32Array ? 2 ** -23 : Number.EPSILON;
  const weights = readWeights(where, options.sampleWeight, rows);
  const lossOf = (row: number): number =>
    -Math.log(Math.min(Math.max(data[row * columns + places[row]!]!, least), 1 - least));
  return totalOver(rows, lossOf, weights, options.normalize ?? true);
}
