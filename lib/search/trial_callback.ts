import type { TrainerCallback, TrainerEvent } from '../train/index.js';
import { throwIfAborted } from '../util/abort.js';

/** Ends a trial's run where its rung ends, or after the step during which the search was aborted; with a checkpoint. @internal */
export class TrialCallback implements TrainerCallback {
  readonly #share: number;
  readonly #signal: AbortSignal | undefined;
  #lastStep = Infinity;

  /** @param share of the run's steps */
  constructor(share: number, signal: AbortSignal | undefined) {
    this.#share = share;
    this.#signal = signal;
  }

  onTrainBegin({ state, control }: TrainerEvent): void {
    this.#lastStep = Math.max(1, Math.ceil(this.#share * state.maxSteps));
    if (state.globalStep >= this.#lastStep) control.shouldTrainingStop = true;
  }

  onStepEnd({ state, control }: TrainerEvent): void {
    const isAborted = this.#signal?.aborted === true;
    if (!isAborted && (state.globalStep < this.#lastStep || state.globalStep >= state.maxSteps)) return;
    control.shouldTrainingStop = true;
    control.shouldSave = true;
    // What is aborted is to end soon: the evaluation comes when it goes on.
    if (isAborted) control.shouldEvaluate = false;
  }

  onPredictionStep(): void {
    throwIfAborted(this.#signal, 'search');
  }
}
