import { totalOver } from '../input/lists.js';
import {
  type OutputRows,
  type RegressionOptions,
  type RegressionScore,
  type ValueTargets,
  scoreOutputs,
} from './targets.js';

const squaredError = ({ truth, predicted, weights }: OutputRows): number =>
  totalOver(truth.length, (row) => (truth[row]! - predicted[row]!) ** 2, weights);

const absoluteError = ({ truth, predicted, weights }: OutputRows): number =>
  totalOver(truth.length, (row) => Math.abs(truth[row]! - predicted[row]!), weights);

/**
 * The mean of squared errors. ValueTargets are those of scikit-learn's mean_squared_error.
 *
 * @param yTrue The true value of each row, or a table with a column per output.
 * @param yPred The predicted values, in the same form.
 * @throws {DataError} Sizes differ, there are no rows, or a value is not finite.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { meanSquaredError } from 'gridstride';
 * console.log(meanSquaredError([3, -0.5, 2, 7], [2.5, 0, 2, 8])); // 0.375
 * ```
 */
export function meanSquaredError<Options extends RegressionOptions>(
  yTrue: ValueTargets,
  yPred: ValueTargets,
  options?: Options,
): RegressionScore<Options> {
  return scoreOutputs('meanSquaredError', yTrue, yPred, options ?? {}, squaredError) as RegressionScore<Options>;
}

/**
 * The square root of the mean of squared errors, of each output before they are averaged. ValueTargets are those of
 * scikit-learn's root_mean_squared_error.
 *
 * @param yTrue The true value of each row, or a table with a column per output.
 * @param yPred The predicted values, in the same form.
 * @throws {DataError} Sizes differ, there are no rows, or a value is not finite.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { rootMeanSquaredError } from 'gridstride';
 * console.log(rootMeanSquaredError([3, 5], [0, 9]).toFixed(4)); // 3.5355
 * ```
 */
export function rootMeanSquaredError<Options extends RegressionOptions>(
  yTrue: ValueTargets,
  yPred: ValueTargets,
  options?: Options,
): RegressionScore<Options> {
  const score = (rows: OutputRows): number => Math.sqrt(squaredError(rows));
  return scoreOutputs('rootMeanSquaredError', yTrue, yPred, options ?? {}, score) as RegressionScore<Options>;
}

/**
 * The mean of absolute errors. ValueTargets are those of scikit-learn's mean_absolute_error.
 *
 * @param yTrue The true value of each row, or a table with a column per output.
 * @param yPred The predicted values, in the same form.
 * @throws {DataError} Sizes differ, there are no rows, or a value is not finite.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { meanAbsoluteError } from 'gridstride';
 * console.log(meanAbsoluteError([3, -0.5, 2, 7], [2.5, 0, 2, 8])); // 0.5
 * ```
 */
export function meanAbsoluteError<Options extends RegressionOptions>(
  yTrue: ValueTargets,
  yPred: ValueTargets,
  options?: Options,
): RegressionScore<Options> {
  return scoreOutputs('meanAbsoluteError', yTrue, yPred, options ?? {}, absoluteError) as RegressionScore<Options>;
}
