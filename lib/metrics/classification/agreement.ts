import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import type { Label, LabelList } from '../input/labels.js';
import { readWeights } from '../input/lists.js';
import { countPairs } from './confusion_matrix.js';
import { readClasses } from './targets.js';

/** What {@link cohenKappaScore} takes. */
export interface KappaOptions {
  /** The classes, in this order; all that occur, sorted, by default. Rows of other classes are left out. */
  labels?: readonly Label[];
  /** How much worse a mistake is by its distance in the order of classes; all alike by default. */
  weights?: 'linear' | 'quadratic';
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
  /** What is returned where chance alone would agree; NaN by default. */
  replaceUndefinedBy?: number;
}

const KAPPA_OPTION_NAMES = ['labels', 'weights', 'sampleWeight', 'replaceUndefinedBy'];

/** Rows, or their weight, by class and in all, and how many were predicted right. @internal */
export interface Marginals {
  actual: ArrayLike<number>;
  predicted: ArrayLike<number>;
  right: number;
  total: number;
}

/** Matthews' coefficient from what it needs of a confusion matrix. @internal */
export function matthewsOf({ actual, predicted, right, total }: Marginals): number {
  let [both, ofTrue, ofPredicted] = [0, 0, 0];
  for (let i = 0; i < actual.length; i++) {
    both += actual[i]! * predicted[i]!;
    ofTrue += actual[i]! ** 2;
    ofPredicted += predicted[i]! ** 2;
  }
  const square = total ** 2;
  const spread = (square - ofPredicted) * (square - ofTrue);
  return spread === 0 ? 0 : (right * total - both) / Math.sqrt(spread);
}

/**
 * Matthews' correlation coefficient of true and predicted classes, two or more: 1 for perfect predictions, 0 for
 * chance. Values are those of scikit-learn's matthews_corrcoef (0 where it is not defined).
 *
 * @param yTrue The true label of each row.
 * @param yPred The predicted label of each row.
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 *
 * @example
 * ```ts
 * import { matthewsCorrcoef } from 'gridstride';
 * console.log(matthewsCorrcoef([1, 1, 0, 0], [1, 0, 0, 0])); // 0.5773502691896258
 * ```
 */
export function matthewsCorrcoef(
  yTrue: LabelList,
  yPred: LabelList,
  options: { sampleWeight?: ArrayLike<number> } = {},
): number {
  const where = 'matthewsCorrcoef';
  checkOptionNames(where, options, ['sampleWeight']);
  const { present, truth, predicted } = readClasses(where, yTrue, yPred);
  const weights = readWeights(where, options.sampleWeight, truth.length);
  const sums = { actual: new Float64Array(present.length), predicted: new Float64Array(present.length) };
  let [right, total] = [0, 0];
  for (let i = 0; i < truth.length; i++) {
    const weight = weights === undefined ? 1 : weights[i]!;
    sums.actual[truth[i]!]! += weight;
    sums.predicted[predicted[i]!]! += weight;
    if (truth[i] === predicted[i]) right += weight;
    total += weight;
  }
  return matthewsOf({ ...sums, right, total });
}

/**
 * Cohen's kappa: how far two lists of labels (of two annotators, or of truth and predictions) agree beyond chance.
 * Values are those of scikit-learn's cohen_kappa_score.
 *
 * @param y1 One label for each row.
 * @param y2 Another label for each row.
 * @throws {DataError} Unequal lengths, no rows, labels of mixed types, or none of the given labels in `y1`.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { cohenKappaScore } from 'gridstride';
 * console.log(cohenKappaScore([1, 2, 3, 3], [1, 2, 3, 2], { weights: 'quadratic' })); // 0.8
 * ```
 */
export function cohenKappaScore(y1: LabelList, y2: LabelList, options: KappaOptions = {}): number {
  const where = 'cohenKappaScore';
  checkOptionNames(where, options, KAPPA_OPTION_NAMES);
  const { weights, replaceUndefinedBy = Number.NaN } = options;
  if (weights !== undefined && weights !== 'linear' && weights !== 'quadratic') {
    throw new ConfigError(`${where}: weights must be linear or quadratic, got ${String(weights)}`, { weights });
  }
  const counts = countPairs(where, y1, y2, options);
  const rowSums = counts.map((row) => row.reduce((total, count) => total + count, 0));
  const columnSums = counts.map((_, column) => counts.reduce((total, row) => total + row[column]!, 0));
  const total = columnSums.reduce((all, count) => all + count, 0);
  if (total === 0) return replaceUndefinedBy;
  const costOf = (i: number, j: number): number => {
    if (weights === undefined) return i === j ? 0 : 1;
    return weights === 'linear' ? Math.abs(i - j) : (i - j) ** 2;
  };
  let [observed, expected] = [0, 0];
  counts.forEach((row, i) =>
    row.forEach((count, j) => {
      observed += costOf(i, j) * count;
      expected += (costOf(i, j) * rowSums[i]! * columnSums[j]!) / total;
    }),
  );
  return expected === 0 ? replaceUndefinedBy : 1 - observed / expected;
}
