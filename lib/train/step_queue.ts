import type { TokenizedRow } from '../data/index.js';
import type { AdamW } from '../optim/adamw.js';
import { gradientState } from '../optim/clip_grad_norm.js';
import { copyInto } from '../nn/state_dict.js';
import { slice } from '../ops/index.js';
import { zeros } from '../tensor/create.js';
import { keep, type Tensor, tidy } from '../tensor/tensor.js';
import { DataError } from '../util/errors.js';
import { freeOutput } from './predictions.js';
import type { RecordedSteps, TrainableBatch, TrainableModel, TrainableOutput, TrainerCollator } from './types.js';

/** A queued step whose loss has not been read yet. @internal */
export interface PendingStep {
  step: number;
  learningRate: number;
  loss: Promise<number>;
  gradNorm: Promise<number>;
}

/** What {@link StepQueue} works with. @internal */
export interface StepQueueParts {
  model: TrainableModel;
  collator: TrainerCollator;
  optimizer: AdamW;
  /** 0: no clipping. */
  maxGradNorm: number;
}

/**
 * Queues optimizer steps without waiting for one. A step whose loss or gradients are not finite changes nothing, and
 * neither does any after it: the device itself hands the mark on, so that the weights are still those of the last good
 * step when the host reads the loss. A compiled model's steps are recorded, each with forward, backward and update.
 * @internal
 */
export class StepQueue {
  readonly #parts: StepQueueParts;
  /** Norm of the step before: not finite from the first bad step on. */
  readonly #lastNorm: Tensor; // (1)
  readonly #recorded: RecordedSteps | undefined;

  constructor(parts: StepQueueParts) {
    this.#parts = parts;
    this.#lastNorm = keep(zeros([1], { device: parts.model.device }));
    this.#recorded = parts.model.recordSteps?.((output) => {
      const loss = lossOf(output);
      this.#update(loss);
      return loss;
    });
    parts.optimizer.zeroGrad(); // gradients that somebody left are no part of a step
  }

  /** Queues forward, backward and update of one batch; `step` counts from 1. */
  push(rows: readonly Readonly<TokenizedRow>[], step: number, learningRate: number): PendingStep {
    const { collator, optimizer } = this.#parts;
    const batch = collator.collate(rows);
    optimizer.lr = learningRate;
    const replayed = this.#recorded?.run(batch);
    const loss = replayed?.item() ?? readAndFree(this.#step(batch));
    const pending = { step, learningRate, loss, gradNorm: this.#lastNorm.item() };
    pending.loss.catch(() => {});
    pending.gradNorm.catch(() => {});
    return pending;
  }

  dispose(): void {
    this.#recorded?.dispose();
    this.#lastNorm.dispose();
  }

  /** One step op by op; returns the loss. */
  #step(batch: TrainableBatch): Tensor {
    const output = this.#parts.model.forward(batch);
    try {
      const loss = lossOf(output);
      this.#update(loss);
      return loss;
    } finally {
      freeOutput(output, output.loss);
    }
  }

  /** Backward and update from a loss. */
  #update(loss: Tensor): void {
    const { optimizer, maxGradNorm } = this.#parts;
    loss.backward();
    tidy(() => {
      const state = gradientState(optimizer.parameters(), {
        ...(maxGradNorm > 0 && { maxNorm: maxGradNorm }),
        alsoFinite: [loss, this.#lastNorm],
      });
      optimizer.step(state);
      copyInto(this.#lastNorm, slice(state, 0, 0, 1));
    });
    optimizer.zeroGrad();
  }
}

/** @throws DataError when the rows had no labels */
function lossOf({ loss }: TrainableOutput): Tensor {
  if (loss !== undefined) return loss;
  throw new DataError('Trainer: the model gave no loss; rows need label or labels');
}

/** Waits for a step's loss and gradient norm. @throws DataError naming the step when one is not finite @internal */
export async function readStep({ step, ...pending }: PendingStep): Promise<{ loss: number; gradNorm: number }> {
  const [loss, gradNorm] = await Promise.all([pending.loss, pending.gradNorm]);
  for (const [name, value] of Object.entries({ loss, 'gradient norm': gradNorm }))
    if (!Number.isFinite(value))
      throw new DataError(
        `Trainer: the ${name} of step ${step} is ${value}; lower the learning rate or check the data`,
        { step, loss, gradNorm },
      );
  return { loss, gradNorm };
}

async function readAndFree(scalar: Tensor): Promise<number> {
  try {
    return await scalar.item();
  } finally {
    scalar.dispose();
  }
}
