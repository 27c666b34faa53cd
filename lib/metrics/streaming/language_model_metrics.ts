import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import type { MetricAccumulator } from './accumulator.js';
import { bestClass } from './best_class.js';
import { IGNORED_LABEL, checkAny, checkBatch, checkClass } from './checks.js';

/** What {@link languageModelMetrics} takes. */
export interface LanguageModelMetricsOptions {
  /**
   * Whether a token's outputs are about the one after it, as those of causal models are (the default); false where they
   * are about the token itself, as those of masked ones and of decoders with labels of their own.
   */
  isCausal?: boolean;
}

const WHERE = 'languageModelMetrics';

/** Minus the logarithm of the probability that logits give a class. */
function lossOf(logits: ArrayLike<number>, begin: number, width: number, best: number, label: number): number {
  const greatest = logits[begin + best]!;
  let sum = 0;
  for (let i = 0; i < width; i++) sum += Math.exp(logits[begin + i]! - greatest);
  return Math.log(sum) - (logits[begin + label]! - greatest);
}

/**
 * Loss (mean over the tokens), perplexity and accuracy of a language model, from logits, batch by batch; tokens labelled
 * -100 are left out. It keeps three sums and no outputs.
 *
 * @returns An accumulator whose `add` throws a DataError for outputs that are not as many for each label and for labels
 *   that are none, and whose `compute` throws one where no label was added.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { languageModelMetrics } from 'gridstride';
 * const metrics = languageModelMetrics();
 * metrics.add({ predictions: [[0, 0, 9, 0]], labelIds: [[1, 0]] });
 * console.log(metrics.compute().perplexity); // 2
 * ```
 */
export function languageModelMetrics(options: LanguageModelMetricsOptions = {}): MetricAccumulator {
  checkOptionNames(WHERE, options, ['isCausal']);
  const { isCausal = true } = options;
  if (typeof isCausal !== 'boolean')
    throw new ConfigError(`${WHERE}: isCausal must be true or false, got ${shown(isCausal)}`, { isCausal });
  const ahead = Number(isCausal);
  let [tokens, right, loss] = [0, 0, 0];
  return {
    reset() {
      [tokens, right, loss] = [0, 0, 0];
    },
    add(batch) {
      checkBatch(WHERE, batch);
      for (const [i, logits] of batch.predictions.entries()) {
        const labels = batch.labelIds[i]!;
        if (typeof labels !== 'number' && labels.length === 0) continue;
        const width = typeof labels === 'number' ? 0 : logits.length / labels.length;
        if (typeof labels === 'number' || !Number.isInteger(width) || width === 0) {
          const got = `${logits.length} for ${typeof labels === 'number' ? 'a single one' : labels.length}`;
          throw new DataError(`${WHERE}: outputs must be as many for each token's label, got ${got}`);
        }
        for (let place = 0; place + ahead < labels.length; place++) {
          const label = labels[place + ahead]!;
          if (label === IGNORED_LABEL) continue;
          checkClass(WHERE, label, width);
          const best = bestClass(WHERE, logits, place * width, width);
          tokens += 1;
          right += Number(best === label);
          loss += lossOf(logits, place * width, width, best, label);
        }
      }
    },
    compute() {
      checkAny(WHERE, tokens);
      return { loss: loss / tokens, perplexity: Math.exp(loss / tokens), accuracy: right / tokens };
    },
  };
}
