import { checkOptionNames } from '../../util/did_you_mean.js';
import type { Label, LabelList } from '../input/labels.js';
import { countPairs } from './confusion_matrix.js';

/** The mean of the classes' recalls, of those that have rows. @internal */
export function balancedOf(hits: ArrayLike<number>, actual: ArrayLike<number>, isAdjusted = false): number {
  const recalls = Array.from(hits, (count, i) => count / actual[i]!).filter((recall) => !Number.isNaN(recall));
  const score = recalls.reduce((sum, recall) => sum + recall, 0) / recalls.length;
  const chance = 1 / recalls.length;
  return isAdjusted ? (score - chance) / (1 - chance) : score;
}

/**
 * The mean of the classes' recalls: accuracy as if all classes had as many rows. `adjusted` moves chance to 0 (NaN
 * where there is one class only). Values are those of scikit-learn's balanced_accuracy_score; classes that are predicted
 * but never true are left out.
 *
 * @param yTrue The true label of each row.
 * @param yPred The predicted label of each row.
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 *
 * @example
 * ```ts
 * import { balancedAccuracyScore } from 'gridstride';
 * console.log(balancedAccuracyScore([0, 0, 0, 1], [0, 0, 1, 1])); // 0.8333333333333333
 * ```
 */
export function balancedAccuracyScore(
  yTrue: LabelList,
  yPred: LabelList,
  options: { adjusted?: boolean; sampleWeight?: ArrayLike<number> } = {},
): number {
  const where = 'balancedAccuracyScore';
  checkOptionNames(where, options, ['adjusted', 'sampleWeight']);
  const { adjusted = false, sampleWeight } = options;
  const counts = countPairs(where, yTrue, yPred, sampleWeight === undefined ? {} : { sampleWeight });
  const hits = counts.map((row, i) => row[i]!);
  const actual = counts.map((row) => row.reduce((total, count) => total + count, 0));
  return balancedOf(hits, actual, adjusted);
}
