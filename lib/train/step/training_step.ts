import { noGrad } from '../../autograd/tape.js';
import { gradientState } from '../../optim/clip_grad_norm.js';
import type { Optimizer } from '../../optim/optimizer.js';
import { add, cast, concat, mul, reshape, slice } from '../../ops/index.js';
import { full } from '../../tensor/create.js';
import { keep, type Tensor, tidy } from '../../tensor/tensor.js';
import { DataError } from '../../util/errors.js';
import { freeOutput } from '../predictions.js';
import type { TrainableBatch } from '../types.js';
import type { LossFunction } from './loss.js';
import { LEAST_SCALE, type LossScaler } from './loss_scaler.js';

/** A queued step whose values have not been read yet. @internal */
export interface PendingStep {
  step: number;
  learningRate: number;
  /** Loss, gradient norm and, with a loss scale, learning rate and scale. */
  values: Promise<ArrayLike<number>>;
  isScaled: boolean;
}

/** What a step was. @internal */
export interface StepResult {
  loss: number;
  gradNorm: number;
  learningRate: number;
}

/** What {@link TrainingStep} works with. @internal */
export interface StepParts {
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
 * that the weights are still those of the last good step when the host reads the loss.
 * @internal
 */
export class TrainingStep {
  readonly #parts: StepParts;
  /** Norm of the step before: not finite from the first bad step on. */
  #lastNorm: Tensor | undefined; // (1)
  /** Loss of the batches so far of this step. */
  #loss: Tensor | undefined; // f32 (1)

  constructor(parts: StepParts) {
    this.#parts = parts;
  }

  /** Queues forward and backward pass of a batch that counts for `share` of the step. */
  accumulate(batch: TrainableBatch, share: number): void {
    const { loss: lossOf, scaler } = this.#parts;
    const output = lossOf.forward(batch);
    const { loss } = output;
    if (loss === undefined) {
      freeOutput(output);
      throw new DataError('Trainer: the model gave no loss; rows need label or labels');
    }
    freeOutput(output, loss);
    try {
      this.#backward(loss, share, scaler?.scale);
      this.#loss = tidy(() => keep(this.#added(loss, share)));
    } finally {
      loss.dispose();
    }
  }

  /** Queues the optimizer's step over what was accumulated; `step` counts from 1. */
  update(step: number, learningRate: number): PendingStep {
    const { optimizer, maxGradNorm, scaler } = this.#parts;
    const loss = this.#loss!;
    this.#loss = undefined;
    optimizer.lr = learningRate;
    const report = tidy(() => {
      const state = gradientState(optimizer.gradientTensors(), {
        ...(maxGradNorm > 0 && { maxNorm: maxGradNorm }),
        alsoFinite: scaler === undefined && this.#lastNorm !== undefined ? [loss, this.#lastNorm] : [loss],
        ...(scaler && { inverseScale: scaler.inverse() }),
      });
      const schedule = scaler?.schedule();
      optimizer.step(state, schedule);
      scaler?.update(state);
      this.#lastNorm?.dispose();
      this.#lastNorm = keep(slice(state, 0, 0, 1));
      const scaled = scaler === undefined ? [] : [slice(schedule!, 0, 0, 1), scaler.scale];
      return noGrad(() => concat([loss, this.#lastNorm!, ...scaled], 0));
    });
    loss.dispose();
    const values = readAndFree(report);
    values.catch(() => {});
    return { step, learningRate, values, isScaled: scaler !== undefined };
  }

  /** Drops what was accumulated. */
  dispose(): void {
    this.#lastNorm?.dispose();
    this.#loss?.dispose();
    this.#lastNorm = this.#loss = undefined;
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

/** Waits for a step's values. @throws DataError naming the step when one is not finite @internal */
export async function readStep({ step, learningRate, values, isScaled }: PendingStep): Promise<StepResult> {
  const [loss, gradNorm, rate, scale] = Array.from(await values) as [number, number, number?, number?];
  if (isScaled) {
    if (scale! >= LEAST_SCALE) return { loss, gradNorm, learningRate: rate! };
    throw new DataError(
      `Trainer: at step ${step} the loss is not finite however small its scale; lower the learning rate or check the data`,
      { step, loss, scale },
    );
  }
  for (const [name, value] of Object.entries({ loss, 'gradient norm': gradNorm }))
    if (!Number.isFinite(value))
      throw new DataError(
        `Trainer: the ${name} of step ${step} is ${value}; lower the learning rate or check the data`,
        { step, loss, gradNorm },
      );
  return { loss, gradNorm, learningRate };
}

async function readAndFree(report: Tensor): Promise<ArrayLike<number>> {
  try {
    return (await report.data()) as Float32Array;
  } finally {
    report.dispose();
  }
}
