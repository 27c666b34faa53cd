import { explainedShare } from '../regression/explained.js';

/**
 * Sums of true and predicted values, one pair at a time, around means that move along and are kept relative to the first
 * values: nothing cancels, however far from zero values lie (Welford, Technometrics 4, 1962).
 * @internal
 */
export class Moments {
  #rows = 0;
  #squaredError = 0;
  #absoluteError = 0;
  #first: { truth: number; predicted: number; error: number } | undefined;
  /** Means less the first values, and sums of squares around them, of true values, predicted ones and errors. */
  readonly #mean = { truth: 0, predicted: 0, error: 0 };
  readonly #spread = { truth: 0, predicted: 0, error: 0 };
  #together = 0;

  add(truth: number, predicted: number): void {
    this.#rows += 1;
    const error = truth - predicted;
    this.#squaredError += error * error;
    this.#absoluteError += Math.abs(error);
    const first = (this.#first ??= { truth, predicted, error });
    const distance = truth - first.truth - this.#mean.truth;
    this.#move('truth', truth - first.truth);
    this.#move('predicted', predicted - first.predicted);
    this.#move('error', error - first.error);
    this.#together += distance * (predicted - first.predicted - this.#mean.predicted);
  }

  #move(name: 'truth' | 'predicted' | 'error', value: number): void {
    const distance = value - this.#mean[name];
    this.#mean[name] += distance / this.#rows;
    this.#spread[name] += distance * (value - this.#mean[name]);
  }

  mse(): number {
    return this.#squaredError / this.#rows;
  }

  rmse(): number {
    return Math.sqrt(this.mse());
  }

  mae(): number {
    return this.#absoluteError / this.#rows;
  }

  r2(): number {
    return this.#rows < 2 ? Number.NaN : explainedShare({ left: this.#squaredError, all: this.#spread.truth });
  }

  explainedVariance(): number {
    return explainedShare({ left: this.#spread.error, all: this.#spread.truth });
  }

  pearson(): number {
    const { truth, predicted } = this.#spread;
    return Math.max(-1, Math.min(1, this.#together / (Math.sqrt(truth) * Math.sqrt(predicted))));
  }
}
