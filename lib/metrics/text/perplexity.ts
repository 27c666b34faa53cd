import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { checkList } from '../input/lists.js';

/**
 * How many words a language model hesitates between: the exponential of the mean loss of its tokens.
 *
 * @param logProbabilities Natural logarithms of what the model gave each token of a text, or of several texts together.
 * @returns 1 for a model that is always right and sure; Infinity where it excluded a token.
 * @throws {DataError} There is no token, or one has no logarithm of a probability.
 *
 * @example
 * ```ts
 * import { perplexity } from 'gridstride';
 * console.log(perplexity([Math.log(0.5), Math.log(0.125)])); // 4
 * ```
 */
export function perplexity(logProbabilities: ArrayLike<number>): number {
  checkList('perplexity', 'logProbabilities', logProbabilities);
  let sum = 0;
  for (let i = 0; i < logProbabilities.length; i++) {
    const value = logProbabilities[i]!;
    if (!(value <= 0))
      throw new DataError(`perplexity: logarithms of probabilities must be at most 0, got ${shown(value)} at ${i}`);
    sum += value;
  }
  if (logProbabilities.length === 0) throw new DataError('perplexity: there must be at least one token, got none');
  return Math.exp(-sum / logProbabilities.length);
}
