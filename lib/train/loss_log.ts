import type { CallbackState } from './state.js';

/** The name under which checkpoints keep a {@link LossLog}, beside the callbacks. @internal */
export const LOSS_LOG = 'GridstrideLossLog';

/** Sums of losses: of the whole run, and since the last line of the log. @internal */
export class LossLog {
  #total = 0;
  #recent = 0;
  #lastLogged = 0;

  /** Adds a step's loss; one that is not finite counts as the mean of those since the last line, as in Hugging Face. */
  add(loss: number, globalStep: number): void {
    const value = Number.isFinite(loss) ? loss : this.#recent / Math.max(1, globalStep - this.#lastLogged);
    this.#recent += value;
    this.#total += value;
  }

  /** Whether a step has come since the last line. */
  hasNew(globalStep: number): boolean {
    return globalStep > this.#lastLogged;
  }

  /** Mean since the last line; begins the next. */
  take(globalStep: number): number {
    const mean = this.#recent / (globalStep - this.#lastLogged);
    this.#recent = 0;
    this.#lastLogged = globalStep;
    return mean;
  }

  /** Mean over a run of so many steps. */
  mean(steps: number): number {
    return this.#total / Math.max(1, steps);
  }

  save(): CallbackState {
    return { args: {}, attributes: { total: this.#total, recent: this.#recent, last_logged: this.#lastLogged } };
  }

  /** Goes on where a checkpoint was written; without its own state (Python's has none) from the log. */
  load(saved: CallbackState | undefined, globalStep: number): void {
    const { total = 0, recent = 0, last_logged: lastLogged = globalStep } = saved?.attributes ?? {};
    [this.#total, this.#recent, this.#lastLogged] = [total, recent, lastLogged].map((value) =>
      typeof value === 'number' && Number.isFinite(value) ? value : 0,
    ) as [number, number, number];
  }
}
