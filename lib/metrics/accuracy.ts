import { checkOptionNames } from '../util/did_you_mean.js';
import { type Label, checkPair } from './labels.js';

/**
 * The share of rows (or with `normalize: false` their number) whose predicted label is the true one.
 *
 * @param yTrue The true label of each row.
 * @param yPred The predicted label of each row.
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 *
 * @example
 * ```ts
 * import { accuracyScore } from 'gridstride';
 * accuracyScore([0, 1, 2, 3], [0, 2, 1, 3]); // 0.5
 * ```
 */
export function accuracyScore(
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options: { normalize?: boolean } = {},
): number {
  checkOptionNames('accuracyScore', options, ['normalize']);
  checkPair('accuracyScore', yTrue, yPred);
  let correct = 0;
  for (let i = 0; i < yTrue.length; i++) if (yTrue[i] === yPred[i]) correct += 1;
  return (options.normalize ?? true) ? correct / yTrue.length : correct;
}
