import { noGrad } from '../../autograd/tape.js';
import { gradientState } from '../../optim/clip_grad_norm.js';
import type { Optimizer } from '../../optim/optimizer.js';
import { add, cast, concat, mul, reshape, slice } from '../../ops/index.js';
import { full, zeros } from '../../tensor/create.js';
import { copyInto, keep, type Tensor, tidy } from '../../tensor/tensor.js';
import { DataError } from '../../util/errors.js';
import { freeOutput } from '../predictions.js';
import type { RecordedSteps, TrainableBatch, TrainableModel, TrainableOutput } from '../types.js';
import type { LossFunction } from './loss.js';
import type { LossScaler } from './loss_scaler.js';
import type { PendingStep } from './step_result.js';

/** What {@link TrainingStep} works with. @internal */
export interface StepParts {
  model: TrainableModel;
  loss: LossFunction;
  optimizer: Optimizer;
  /** 0: no clipping. */
  maxGradNorm: number;
  /** Of f16 training. */
  scaler: LossScaler | undefined;
}

/**
 * Queues optimizer steps without waiting for one. A step whose loss or gradients are not finite changes nothing. With a
 * loss scale it is skipped; without, neither does any after it change anything: the device itself hands the mark on, so
 * that the weights are still those of the last good step when the host reads the loss. A compiled model's steps of one
 * batch are recorded, each with forward, backward and update.
 * @internal
 */
export class TrainingStep {
  readonly #parts: StepParts;
  /** Norm of the step before: not finite from the first bad step on. */
  readonly #lastNorm: Tensor; // (1)
  readonly #recorded: RecordedSteps | undefined;
  /** Loss of the batches so far of this step. */
  #loss: Tensor | undefined; // f32 (1)

  constructor(parts: StepParts) {
    this.#parts = parts;
    const { model, loss, optimizer } = parts;
    this.#lastNorm = keep(zeros([1], { device: model.device }));
    optimizer.zeroGrad(); // gradients that somebody left are no part of a step
    if (!loss.isModels) return;
    this.#recorded = model.recordSteps?.((output) => {
      this.#take(lossOf(output), 1);
      const report = this.#update();
      optimizer.zeroGrad();
      return report;
    });
  }

  /** Queues a whole step of one batch by replay; undefined where it must be taken in parts. `step` counts from 1. */
  replay(batch: TrainableBatch, step: number, learningRate: number): PendingStep | undefined {
    if (this.#recorded === undefined) return undefined;
    this.#parts.optimizer.lr = learningRate;
    const report = this.#recorded.run(batch);
    return report && this.#pending(step, learningRate, report.data());
  }

  /** Queues forward and backward pass of a batch that counts for `share` of the step. */
  accumulate(batch: TrainableBatch, share: number): void {
    const output = this.#parts.loss.forward(batch, { lossOnly: true });
    try {
      this.#take(lossOf(output), share);
    } finally {
      freeOutput(output);
    }
  }

  /** Queues the optimizer's step over what was accumulated; `step` counts from 1. */
  update(step: number, learningRate: number): PendingStep {
    this.#parts.optimizer.lr = learningRate;
    return this.#pending(step, learningRate, readAndFree(this.#update()));
  }

  /** Drops what was accumulated. */
  dispose(): void {
    this.#recorded?.dispose();
    this.#lastNorm.dispose();
    this.#loss?.dispose();
    this.#loss = undefined;
  }

  #pending(step: number, learningRate: number, values: Promise<ArrayLike<number | bigint>>): PendingStep {
    values.catch(() => {});
    return { step, learningRate, values, isScaled: this.#parts.scaler !== undefined };
  }

  /** Backward pass of a loss, and its sum with those before it. */
  #take(loss: Tensor, share: number): void {
    this.#backward(loss, share, this.#parts.scaler?.scale);
    this.#loss = tidy(() => keep(this.#added(loss, share)));
  }

  /** The optimizer's step. @returns loss, gradient norm and, with a loss scale, learning rate and scale: the caller's */
  #update(): Tensor {
    const { optimizer, maxGradNorm, scaler } = this.#parts;
    const loss = this.#loss!;
    this.#loss = undefined;
    const report = tidy(() => {
      const state = gradientState(optimizer.gradientTensors(), {
        ...(maxGradNorm > 0 && { maxNorm: maxGradNorm }),
        alsoFinite: scaler === undefined ? [loss, this.#lastNorm] : [loss],
        ...(scaler && { inverseScale: scaler.inverse() }),
      });
      const schedule = scaler?.schedule();
      optimizer.step(state, schedule);
      scaler?.update(state);
      copyInto(this.#lastNorm, slice(state, 0, 0, 1));
      const scaled = scaler === undefined ? [] : [slice(schedule!, 0, 0, 1), scaler.scale];
      return noGrad(() => concat([loss, this.#lastNorm, ...scaled], 0));
    });
    loss.dispose();
    return report;
  }

  #backward(loss: Tensor, share: number, scale: Tensor | undefined): void {
    if (share === 1 && scale === undefined) return loss.backward();
    tidy(() => {
      const { shape, dtype, device } = loss;
      const seed = scale === undefined ? full([], share, { device }) : reshape(mul(scale, share), []);
      loss.backward(reshape(dtype === 'f32' ? seed : cast(seed, dtype), shape));
    });
  }

  #added(loss: Tensor, share: number): Tensor {
    return noGrad(() => {
      const wide = reshape(loss.dtype === 'f32' ? loss : cast(loss, 'f32'), [1]);
      const part = share === 1 ? wide : mul(wide, share);
      const before = this.#loss;
      if (before === undefined) return part;
      const sum = add(before, part);
      before.dispose();
      return sum;
    });
  }
}

/** @throws DataError when the rows had no labels */
function lossOf({ loss }: TrainableOutput): Tensor {
  if (loss !== undefined) return loss;
  throw new DataError('Trainer: the model gave no loss; rows need label or labels');
}

async function readAndFree(report: Tensor): Promise<ArrayLike<number | bigint>> {
  try {
    return await report.data();
  } finally {
    report.dispose();
  }
}
