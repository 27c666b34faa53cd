import type { TokenizedRow } from '../data/index.js';
import type { AdamW } from '../optim/adamw.js';
import { gradientState } from '../optim/clip_grad_norm.js';
import { slice } from '../ops/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { DataError } from '../util/errors.js';
import { freeOutput } from './predictions.js';
import type { TrainableModel, TrainerCollator } from './types.js';

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
 * step when the host reads the loss.
 * @internal
 */
export class StepQueue {
  readonly #parts: StepQueueParts;
  /** Norm of the step before: not finite from the first bad step on. */
  #lastNorm: Tensor | undefined; // (1)

  constructor(parts: StepQueueParts) {
    this.#parts = parts;
  }

  /** Queues forward, backward and update of one batch; `step` counts from 1. */
  push(rows: readonly Readonly<TokenizedRow>[], step: number, learningRate: number): PendingStep {
    const { model, collator, optimizer, maxGradNorm } = this.#parts;
    const output = model.forward(collator.collate(rows));
    const { loss } = output;
    if (loss === undefined) {
      freeOutput(output);
      throw new DataError('Trainer: the model gave no loss; rows need label or labels');
    }
    loss.backward();
    freeOutput(output, loss);
    const state = gradientState(optimizer.parameters(), {
      ...(maxGradNorm > 0 && { maxNorm: maxGradNorm }),
      alsoFinite: this.#lastNorm === undefined ? [loss] : [loss, this.#lastNorm],
    });
    optimizer.lr = learningRate;
    optimizer.step(state);
    optimizer.zeroGrad();
    this.dispose();
    this.#lastNorm = slice(state, 0, 0, 1);
    const pending = { step, learningRate, loss: readAndFree(loss), gradNorm: this.#lastNorm.item() };
    state.dispose();
    pending.loss.catch(() => {});
    pending.gradNorm.catch(() => {});
    return pending;
  }

  dispose(): void {
    this.#lastNorm?.dispose();
  }
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
