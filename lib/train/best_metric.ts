import { ConfigError } from '../util/errors.js';
import type { TrainingArguments } from './arguments/training_arguments.js';
import { metricName } from './metric_names.js';
import type { TrainerState } from './state.js';

/** Keeps a run's best metric. @internal */
export class BestMetric {
  readonly #args: TrainingArguments;
  readonly #state: TrainerState;

  constructor(args: TrainingArguments, state: TrainerState) {
    this.#args = args;
    this.#state = state;
  }

  /** Whether an evaluation is the best so far. @throws ConfigError when it lacks the metric that was asked for */
  update(metrics: Readonly<Record<string, number>>): boolean {
    const { metricForBestModel, greaterIsBetter, saveStrategy } = this.#args;
    if (metricForBestModel === undefined) return false;
    const value = metrics[metricName(metricForBestModel, 'eval')];
    if (value === undefined) {
      const known = Object.keys(metrics).filter((name) => name.startsWith('eval'));
      throw new ConfigError(
        `Trainer: metricForBestModel must be one of the evaluation's ${known.join(', ')}, got ${metricForBestModel}`,
        { metricForBestModel, known },
      );
    }
    const { bestMetric } = this.#state;
    const isBest = bestMetric === undefined || (greaterIsBetter ? value > bestMetric : value < bestMetric);
    if (!isBest) return false;
    this.#state.bestMetric = value;
    if (saveStrategy !== 'no') this.#state.bestGlobalStep = this.#state.globalStep;
    return true;
  }
}
