import type { MetricAccumulator } from '../../metrics/index.js';
import type { Optimizer } from '../../optim/index.js';
import type { TrainingArguments } from '../arguments/training_arguments.js';
import type { CallbackState, LogEntry, TrainerState } from '../state.js';
import type { TrainableModel } from '../types.js';

/** What callbacks may ask of the loop; the loop clears what it has done. */
export class TrainerControl {
  /** Ends the run after this step. */
  shouldTrainingStop = false;
  /** Ends the epoch after this step. */
  shouldEpochStop = false;
  shouldSave = false;
  shouldEvaluate = false;
  shouldLog = false;
}

/** What every event tells. */
export interface TrainerEvent {
  args: TrainingArguments;
  state: TrainerState;
  control: TrainerControl;
  model: TrainableModel;
  /** During training. */
  optimizer: Optimizer | undefined;
}

/** Takes an evaluation's predictions batch by batch. @internal */
export type EvaluationObserver = Pick<MetricAccumulator, 'reset' | 'add'>;

type Handled = void | Promise<void>;

/**
 * Hooks into a run, those of Hugging Face's `TrainerCallback`; each may be absent and, but for `onInitEnd`, asynchronous.
 * They are called in the order of the callbacks and may set the flags of `control`.
 *
 * @example
 * ```ts
 * import type { TrainerCallback } from 'gridstride';
 * const stopAtLoss: TrainerCallback = {
 *   onLog({ logs, control }) {
 *     if ((logs['loss'] ?? Infinity) < 0.1) control.shouldTrainingStop = true;
 *   },
 * };
 * ```
 */
export interface TrainerCallback {
  /** Under this name checkpoints keep what `saveState` gives, and resuming gives it to `loadState`. */
  readonly name?: string;
  saveState?(): CallbackState;
  loadState?(state: CallbackState): void;
  /** Takes the predictions of evaluations, beside `computeMetrics`. @internal */
  readonly predictions?: EvaluationObserver;
  onInitEnd?(event: TrainerEvent): void;
  onTrainBegin?(event: TrainerEvent): Handled;
  onTrainEnd?(event: TrainerEvent): Handled;
  onEpochBegin?(event: TrainerEvent): Handled;
  onEpochEnd?(event: TrainerEvent): Handled;
  /** Before the first batch of a step. */
  onStepBegin?(event: TrainerEvent): Handled;
  /** After each batch of a step but the last. */
  onSubstepEnd?(event: TrainerEvent): Handled;
  /** The gradients are complete; the optimizer has not used them. */
  onPreOptimizerStep?(event: TrainerEvent): Handled;
  /** The optimizer's step is queued, the gradients are still there. */
  onOptimizerStep?(event: TrainerEvent): Handled;
  onStepEnd?(event: TrainerEvent): Handled;
  onLog?(event: TrainerEvent & { logs: LogEntry }): Handled;
  onEvaluate?(event: TrainerEvent & { metrics: Record<string, number> }): Handled;
  onPredict?(event: TrainerEvent & { metrics: Record<string, number> }): Handled;
  /** After each batch of an evaluation; the total is unknown of a stream. */
  onPredictionStep?(event: TrainerEvent & { done: number; total: number | undefined }): Handled;
  onSave?(event: TrainerEvent & { folder: string }): Handled;
}

/** Names of the events. @internal */
export type EventName = Exclude<keyof TrainerCallback, 'name' | 'saveState' | 'loadState' | 'predictions'>;

/** What an event tells beside the usual. @internal */
export type EventExtra<Name extends EventName> = Omit<
  Parameters<NonNullable<TrainerCallback[Name]>>[0],
  keyof TrainerEvent
>;
