import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { integer, parseFields, real } from '../../util/fields.js';
import { metricName } from '../metric_names.js';
import type { CallbackState } from '../state.js';
import type { TrainerCallback, TrainerEvent } from './callback.js';

const OPTIONS = { patience: integer().default(1), threshold: real().default(0) };

/**
 * Ends a run when `metricForBestModel` has not become better by more than `threshold` for `patience` evaluations, as
 * Hugging Face's `EarlyStoppingCallback`. The argument `earlyStoppingPatience` adds one.
 *
 * @example
 * ```ts
 * import { EarlyStoppingCallback } from 'gridstride';
 * const callbacks = [new EarlyStoppingCallback({ patience: 3, threshold: 0.001 })];
 * console.log(callbacks[0]!.name); // EarlyStoppingCallback
 * ```
 */
export class EarlyStoppingCallback implements TrainerCallback {
  readonly name = 'EarlyStoppingCallback';
  readonly #patience: number;
  readonly #threshold: number;
  #counter = 0;

  /** @throws ConfigError for an unknown option or one out of range */
  constructor(options: { patience?: number; threshold?: number } = {}) {
    checkOptionNames('EarlyStoppingCallback', options, Object.keys(OPTIONS));
    const { patience, threshold } = parseFields('EarlyStoppingCallback', OPTIONS, { ...options });
    this.#patience = patience;
    this.#threshold = threshold;
  }

  onTrainBegin({ args, state, control }: TrainerEvent): void {
    if (args.evalStrategy === 'no' || args.metricForBestModel === undefined)
      throw new ConfigError(
        'EarlyStoppingCallback: the arguments must have an evalStrategy and a metricForBestModel, got ' +
          `${args.evalStrategy} and ${String(args.metricForBestModel)}`,
      );
    if (state.globalStep === 0) this.#counter = 0;
    if (this.#counter >= this.#patience) control.shouldTrainingStop = true;
  }

  onEvaluate({ args, state, control, metrics }: TrainerEvent & { metrics: Record<string, number> }): void {
    const value = metrics[metricName(args.metricForBestModel!, 'eval')];
    if (value === undefined) return;
    const { bestMetric } = state;
    const gain = bestMetric === undefined ? Infinity : args.greaterIsBetter ? value - bestMetric : bestMetric - value;
    this.#counter = gain > this.#threshold ? 0 : this.#counter + 1;
    if (this.#counter >= this.#patience) control.shouldTrainingStop = true;
  }

  saveState(): CallbackState {
    return {
      args: { early_stopping_patience: this.#patience, early_stopping_threshold: this.#threshold },
      attributes: { early_stopping_patience_counter: this.#counter },
    };
  }

  loadState({ attributes }: CallbackState): void {
    const counter = attributes?.['early_stopping_patience_counter'];
    if (Number.isInteger(counter) && (counter as number) >= 0) this.#counter = counter as number;
  }
}
