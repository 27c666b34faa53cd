import type { TrainerCallback, TrainerEvent } from '../../train/index.js';
import { AbortError } from '../../util/errors.js';

/**
 * Ends a run in order when a signal fires: the step under way is finished, with the evaluation that belongs to it, and a
 * checkpoint is written, from which the run goes on as if it had never stopped.
 * @internal
 */
export class StopOnSignal implements TrainerCallback {
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  #stop({ control }: TrainerEvent): void {
    if (!this.#signal.aborted) return;
    control.shouldSave = true;
    control.shouldTrainingStop = true;
  }

  onStepEnd(event: TrainerEvent): void {
    this.#stop(event);
  }

  /** A signal may have come while the last step was evaluated. */
  onEpochEnd(event: TrainerEvent): void {
    this.#stop(event);
  }

  onEvaluate(event: TrainerEvent): void {
    this.#stop(event);
  }

  /** @throws AbortError once the checkpoint is there: nothing else of the run's end is to happen */
  onSave({ folder }: TrainerEvent & { folder: string }): void {
    if (!this.#signal.aborted) return;
    const told = `stopped by ${String(this.#signal.reason)}, go on with --resume-from-checkpoint ${folder}`;
    throw new AbortError(`train: ${told}`, { folder });
  }
}
