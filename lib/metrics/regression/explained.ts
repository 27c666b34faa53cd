import { checkOptionNames } from '../../util/did_you_mean.js';
import { meanScore } from '../classification/averaging.js';
import { totalOver } from '../input/lists.js';
import {
  type Multioutput,
  type OutputRows,
  type RegressionOptions,
  type RegressionScore,
  type ValueTargets,
  checkMultioutput,
  meanOf,
  readOutputs,
} from './targets.js';

/** What {@link r2Score} and {@link explainedVarianceScore} take. */
export interface ExplainedOptions extends RegressionOptions<Multioutput | 'varianceWeighted'> {
  /** Whether a constant output scores 1 where it is predicted right and 0 otherwise (the default), or NaN and -Infinity. */
  forceFinite?: boolean;
}

/** What was not explained, and what there was to explain. */
interface Deviance {
  left: number;
  all: number;
}

/** 1 less the share that is left. @internal */
export function explainedShare({ left, all }: Deviance, forceFinite = true): number {
  if (forceFinite && left === 0) return 1;
  return forceFinite && all === 0 ? 0 : 1 - left / all;
}

/** The mean square around the mean, which is taken relative to the first value: of a constant it is exactly 0. */
function variance(valueOf: (row: number) => number, rows: number, weights: Float64Array | undefined): number {
  const first = valueOf(0);
  const mean = totalOver(rows, (row) => valueOf(row) - first, weights);
  return totalOver(rows, (row) => (valueOf(row) - first - mean) ** 2, weights);
}

function score(
  where: string,
  [yTrue, yPred]: [ValueTargets, ValueTargets],
  options: ExplainedOptions,
  devianceOf: (rows: OutputRows) => Deviance,
): number | number[] {
  checkOptionNames(where, options, ['sampleWeight', 'multioutput', 'forceFinite']);
  const { multioutput = 'uniformAverage', sampleWeight, forceFinite = true } = options;
  checkMultioutput(where, multioutput, ['uniformAverage', 'rawValues', 'varianceWeighted']);
  const deviances = readOutputs(where, yTrue, yPred, sampleWeight).map(devianceOf);
  const scores = deviances.map((deviance) => explainedShare(deviance, forceFinite));
  if (multioutput === 'rawValues') return scores;
  if (multioutput === 'uniformAverage') return meanOf(scores);
  return meanScore(
    scores,
    deviances.map(({ all }) => all),
  );
}

/**
 * The coefficient of determination: 1 less squared error over the squared distance from the mean. ValueTargets are those of
 * scikit-learn's r2_score; NaN for a single row.
 *
 * @param yTrue The true value of each row, or a table with a column per output.
 * @param yPred The predicted values, in the same form.
 * @throws {DataError} Sizes differ, there are no rows, or a value is not finite.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { r2Score } from 'gridstride';
 * console.log(r2Score([1, 2, 3], [1, 2, 4])); // 0.5
 * ```
 */
export function r2Score<Options extends ExplainedOptions>(
  yTrue: ValueTargets,
  yPred: ValueTargets,
  options?: Options,
): RegressionScore<Options> {
  const devianceOf = ({ truth, predicted, weights }: OutputRows): Deviance => ({
    left: truth.length < 2 ? Number.NaN : totalOver(truth.length, (i) => (truth[i]! - predicted[i]!) ** 2, weights),
    all: truth.length < 2 ? Number.NaN : variance((i) => truth[i]!, truth.length, weights),
  });
  return score('r2Score', [yTrue, yPred], options ?? {}, devianceOf) as RegressionScore<Options>;
}

/**
 * 1 less the variance of errors over the variance of true values: {@link r2Score} that forgives a constant offset.
 * ValueTargets are those of scikit-learn's explained_variance_score.
 *
 * @param yTrue The true value of each row, or a table with a column per output.
 * @param yPred The predicted values, in the same form.
 * @throws {DataError} Sizes differ, there are no rows, or a value is not finite.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { explainedVarianceScore } from 'gridstride';
 * console.log(explainedVarianceScore([1, 2, 3], [2, 3, 4])); // 1
 * ```
 */
export function explainedVarianceScore<Options extends ExplainedOptions>(
  yTrue: ValueTargets,
  yPred: ValueTargets,
  options?: Options,
): RegressionScore<Options> {
  const devianceOf = ({ truth, predicted, weights }: OutputRows): Deviance => ({
    left: variance((i) => truth[i]! - predicted[i]!, truth.length, weights),
    all: variance((i) => truth[i]!, truth.length, weights),
  });
  return score('explainedVarianceScore', [yTrue, yPred], options ?? {}, devianceOf) as RegressionScore<Options>;
}
