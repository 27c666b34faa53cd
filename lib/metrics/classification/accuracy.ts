import { checkOptionNames } from '../../util/did_you_mean.js';
import { readWeights, totalOver } from '../input/lists.js';
import { type LabelTargets, readTargets, rightRows } from './targets.js';

/** What {@link accuracyScore} and {@link zeroOneLoss} take. */
export interface AccuracyOptions {
  /** A share of the rows (the default), or with false their number. */
  normalize?: boolean;
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
}

const OPTION_NAMES = ['normalize', 'sampleWeight'];

/** The share and the weight of the right rows, and of all. */
function countRight(where: string, yTrue: LabelTargets, yPred: LabelTargets, options: AccuracyOptions) {
  checkOptionNames(where, options, OPTION_NAMES);
  const targets = readTargets(where, yTrue, yPred);
  const weights = readWeights(where, options.sampleWeight, targets.rows);
  const isRight = rightRows(targets);
  const right = totalOver(targets.rows, (row) => (isRight(row) ? 1 : 0), weights, false);
  const all = totalOver(targets.rows, () => 1, weights, false);
  return { share: right / all, right, all };
}

/**
 * The share of rows (or with `normalize: false` their number) whose predicted label is the true one; of several labels
 * a row, whose labels are all right. Values are those of scikit-learn's accuracy_score.
 *
 * @param yTrue The true label of each row, or a table of 0 and 1 with a column per label.
 * @param yPred The predicted labels, in the same form.
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 *
 * @example
 * ```ts
 * import { accuracyScore } from 'gridstride';
 * accuracyScore([0, 1, 2, 3], [0, 2, 1, 3]); // 0.5
 * ```
 */
export function accuracyScore(yTrue: LabelTargets, yPred: LabelTargets, options: AccuracyOptions = {}): number {
  const { share, right } = countRight('accuracyScore', yTrue, yPred, options);
  return (options.normalize ?? true) ? share : right;
}

/**
 * The share of rows (or with `normalize: false` their number) that are not predicted right: what
 * {@link accuracyScore} leaves. Values are those of scikit-learn's zero_one_loss.
 *
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 *
 * @example
 * ```ts
 * import { zeroOneLoss } from 'gridstride';
 * console.log(zeroOneLoss([0, 1, 2, 3], [0, 2, 1, 3], { normalize: false })); // 2
 * ```
 */
export function zeroOneLoss(yTrue: LabelTargets, yPred: LabelTargets, options: AccuracyOptions = {}): number {
  const { share, right, all } = countRight('zeroOneLoss', yTrue, yPred, options);
  return (options.normalize ?? true) ? 1 - share : all - right;
}

/**
 * The share of single labels that are wrong: of one label a row, {@link zeroOneLoss}; of a table, of all its cells.
 * Values are those of scikit-learn's hamming_loss.
 *
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 *
 * @example
 * ```ts
 * import { hammingLoss } from 'gridstride';
 * console.log(hammingLoss([[1, 0], [1, 1]], [[1, 1], [1, 1]])); // 0.25
 * ```
 */
export function hammingLoss(
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: Pick<AccuracyOptions, 'sampleWeight'> = {},
): number {
  const where = 'hammingLoss';
  checkOptionNames(where, options, ['sampleWeight']);
  const targets = readTargets(where, yTrue, yPred);
  const weights = readWeights(where, options.sampleWeight, targets.rows);
  if (!targets.isMultilabel) {
    const isRight = rightRows(targets);
    return totalOver(targets.rows, (row) => (isRight(row) ? 0 : 1), weights);
  }
  const { truth, predicted } = targets;
  const wrongIn = (row: number): number => {
    let wrong = 0;
    for (let i = row * truth.columns; i < (row + 1) * truth.columns; i++)
      if (truth.data[i] !== predicted.data[i]) wrong += 1;
    return wrong / truth.columns;
  };
  return totalOver(targets.rows, wrongIn, weights);
}
