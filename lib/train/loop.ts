import { ready } from '../tensor/device.js';
import { throwIfAborted } from '../util/abort.js';
import { DataError } from '../util/errors.js';
import type { CallbackHandler } from './callbacks/handler.js';
import { exampleCount } from './predictions.js';
import type { Run } from './run.js';
import type { LogEntry } from './state.js';
import { sharesOf, tokensIn } from './step/items.js';
import { type PendingStep, readStep, type StepResult } from './step/step_result.js';
import type { TrainableBatch, TrainerCollator } from './types.js';

/** What the loop asks of its Trainer. @internal */
export interface LoopParts {
  run: Run;
  handler: CallbackHandler;
  collator: TrainerCollator;
  /** Parameters that count for the estimate of operations. */
  countedParameters: number;
  log(entry: LogEntry): Promise<void>;
  /** Evaluates; whether the metrics are the best so far. */
  evaluate(): Promise<boolean>;
  save(): Promise<void>;
}

/** Runs the epochs of a run, in the order of events that Hugging Face's Trainer has. @internal */
export class TrainingLoop {
  readonly #parts: LoopParts;
  #pending: PendingStep | undefined;
  #last: StepResult | undefined;

  constructor(parts: LoopParts) {
    this.#parts = parts;
  }

  async train(): Promise<void> {
    const { run, handler } = this.#parts;
    const { control, args } = handler;
    await handler.emit('onTrainBegin');
    if (args.evalOnStart && run.state.globalStep === 0) await this.#parts.evaluate();
    run.parts.model.train();
    while (this.#hasMore() && !control.shouldTrainingStop) {
      await handler.emit('onEpochBegin');
      const isWhole = await this.#epoch();
      await this.#flush();
      if (isWhole && run.position.step === 0) throw new DataError('Trainer: the training set must give rows, got none');
      // A run that stops within an epoch goes on there when resumed.
      run.position.epochEnded = isWhole || !control.shouldTrainingStop || run.state.globalStep >= run.plan.maxSteps;
      await handler.emit('onEpochEnd');
      await this.#act();
      run.position = { epoch: run.position.epoch + 1, step: 0, epochEnded: false };
    }
  }

  /** Whether an epoch is to be begun, or to be gone on with. */
  #hasMore(): boolean {
    const { run } = this.#parts;
    if (run.position.epochEnded) run.position = { epoch: run.position.epoch + 1, step: 0, epochEnded: false };
    if (run.position.epoch >= run.plan.epochs) return false;
    return run.state.globalStep < run.plan.maxSteps || run.position.step > 0;
  }

  /** Trains on an epoch's rows. @returns whether on all of them */
  async #epoch(): Promise<boolean> {
    const { run, handler } = this.#parts;
    const { control } = handler;
    const { epoch, step: done } = run.position;
    const accumulation = run.parts.args.gradientAccumulationSteps;
    const total = run.plan.batchesIn(epoch);
    let group: TrainableBatch[] = [];
    let index = done * accumulation;
    const takeGroup = async (): Promise<boolean> => {
      const batches = group;
      group = [];
      await this.#step(batches, epoch + index / total);
      return !control.shouldTrainingStop && !control.shouldEpochStop;
    };
    for await (const rows of run.rows.batches(epoch, index)) {
      if (run.state.globalStep >= run.plan.maxSteps) return false;
      index += 1;
      group.push(this.#parts.collator.collate(rows, { epoch, batch: index - 1 }));
      if (group.length === accumulation && !(await takeGroup())) return index >= total;
    }
    if (group.length > 0) await takeGroup();
    return true;
  }

  async #step(batches: readonly TrainableBatch[], epoch: number): Promise<void> {
    const { run, handler } = this.#parts;
    const { state, parts } = run;
    throwIfAborted(parts.signal, 'train');
    await handler.emit('onStepBegin');
    const pending = await this.#queue(batches);
    state.globalStep += 1;
    state.epoch = epoch;
    run.position.step += 1;
    // One step is queued while the one before is read: the device never waits for JavaScript.
    await this.#flush();
    this.#pending = pending;
    await ready(parts.model.device);
    await handler.emit('onStepEnd');
    await this.#act();
  }

  /** Queues a step: replayed where it was recorded, else batch by batch. */
  async #queue(batches: readonly TrainableBatch[]): Promise<PendingStep> {
    const { run, handler } = this.#parts;
    const { state, step, parts, optimizer } = run;
    const [number, rate] = [state.globalStep + 1, run.rateOf(state.globalStep)];
    for (const batch of batches) this.#count(batch);
    const replayed = batches.length === 1 ? step.replay(batches[0]!, number, rate) : undefined;
    if (replayed !== undefined) {
      await handler.emit('onPreOptimizerStep');
      await handler.emit('onOptimizerStep');
      return replayed;
    }
    const shares = sharesOf(batches, parts.loss.itemWeights(batches[0]!));
    for (const [i, batch] of batches.entries()) {
      // A batch without a label has no loss to speak of.
      if (shares[i] !== 0) step.accumulate(batch, shares[i]!);
      if (i < batches.length - 1) await handler.emit('onSubstepEnd');
    }
    await handler.emit('onPreOptimizerStep');
    const pending = step.update(number, rate);
    await handler.emit('onOptimizerStep');
    optimizer.zeroGrad();
    return pending;
  }

  #count(batch: TrainableBatch): void {
    const { run, countedParameters } = this.#parts;
    const tokens = tokensIn(batch);
    run.samples += exampleCount(batch);
    run.state.numInputTokensSeen += tokens;
    run.state.totalFlos += 6 * tokens * countedParameters;
  }

  /** Reads the step that is under way. */
  async #flush(): Promise<void> {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#last = await readStep(pending);
    this.#parts.run.losses.add(this.#last.loss, pending.step);
  }

  /** Logs, evaluates and saves where that was asked for. */
  async #act(): Promise<void> {
    const { run, handler } = this.#parts;
    const { control, args } = handler;
    if (control.shouldLog || control.shouldEvaluate || control.shouldSave) await this.#flush();
    if (control.shouldLog && run.losses.hasNew(run.state.globalStep)) await this.#log();
    if (control.shouldEvaluate) {
      const isBest = await this.#parts.evaluate();
      if (args.saveStrategy === 'best') control.shouldSave = isBest;
    }
    if (control.shouldSave) await this.#parts.save();
  }

  async #log(): Promise<void> {
    const { globalStep, epoch } = this.#parts.run.state;
    const { gradNorm, learningRate } = this.#last!;
    const loss = this.#parts.run.losses.take(globalStep);
    const norm = Number.isFinite(gradNorm) ? { gradNorm } : {};
    await this.#parts.log({ step: globalStep, epoch, loss, ...norm, learningRate });
  }
}
