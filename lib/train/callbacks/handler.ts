import type { Optimizer } from '../../optim/index.js';
import { ConfigError } from '../../util/errors.js';
import type { TrainingArguments } from '../arguments/training_arguments.js';
import { freshState, type TrainerState } from '../state.js';
import type { TrainableModel } from '../types.js';
import {
  type EvaluationObserver,
  type EventExtra,
  type EventName,
  type TrainerCallback,
  TrainerControl,
  type TrainerEvent,
} from './callback.js';

/** Flags that the start of an event clears, as Hugging Face does. */
const CLEARED: Partial<Record<EventName, readonly (keyof TrainerControl)[]>> = {
  onTrainBegin: ['shouldTrainingStop'],
  onEpochBegin: ['shouldEpochStop'],
  onStepBegin: ['shouldLog', 'shouldEvaluate', 'shouldSave'],
  onLog: ['shouldLog'],
  onEvaluate: ['shouldEvaluate'],
  onSave: ['shouldSave'],
};

/** Calls all callbacks of a Trainer, in order. @internal */
export class CallbackHandler {
  readonly control = new TrainerControl();
  state: TrainerState = freshState();
  optimizer: Optimizer | undefined;
  #model: TrainableModel | undefined;

  constructor(
    readonly callbacks: readonly TrainerCallback[],
    readonly args: TrainingArguments,
  ) {
    const isOne = (callback: unknown) => typeof callback === 'object' && callback !== null;
    const odd = callbacks.find((callback) => !isOne(callback));
    if (odd !== undefined) throw new ConfigError(`Trainer: a callback must be an object, got ${typeof odd}`);
  }

  /** The model that events tell of from here on; the first one ends the initialisation. */
  useModel(model: TrainableModel): void {
    const isFirst = this.#model === undefined;
    this.#model = model;
    if (isFirst) for (const callback of this.callbacks) callback.onInitEnd?.(this.#event());
  }

  async emit<Name extends EventName>(name: Name, extra?: EventExtra<Name>): Promise<void> {
    for (const flag of CLEARED[name] ?? []) this.control[flag] = false;
    for (const callback of this.callbacks) {
      if (callback[name] === undefined) continue;
      const handle = callback[name].bind(callback) as (event: TrainerEvent) => void | Promise<void>;
      await handle({ ...this.#event(), ...extra });
    }
  }

  /** The callbacks that take the predictions of evaluations. */
  get observers(): EvaluationObserver[] {
    return this.callbacks.flatMap(({ predictions }) => predictions ?? []);
  }

  /** What checkpoints keep of the callbacks and the flags. */
  saveStates(): void {
    const { shouldTrainingStop, shouldEpochStop, shouldSave, shouldEvaluate, shouldLog } = this.control;
    const flags = {
      should_training_stop: shouldTrainingStop,
      should_epoch_stop: shouldEpochStop,
      should_save: shouldSave,
      should_evaluate: shouldEvaluate,
      should_log: shouldLog,
    };
    this.state.statefulCallbacks = { TrainerControl: { args: flags, attributes: {} } };
    for (const { name, saveState } of this.#stateful()) this.state.statefulCallbacks[name] = saveState();
  }

  /** Gives the callbacks what the state of a checkpoint holds for them. */
  loadStates(): void {
    for (const { name, loadState } of this.#stateful()) {
      const saved = this.state.statefulCallbacks[name];
      if (saved !== undefined) loadState(saved);
    }
  }

  #stateful() {
    return this.callbacks.flatMap((callback) => {
      const { name } = callback;
      if (name === undefined || callback.saveState === undefined || callback.loadState === undefined) return [];
      return [{ name, saveState: callback.saveState.bind(callback), loadState: callback.loadState.bind(callback) }];
    });
  }

  #event(): TrainerEvent {
    const { args, state, control, optimizer } = this;
    return { args, state, control, model: this.#model!, optimizer };
  }
}
