import { DataError } from '../../util/errors.js';
import { LEAST_SCALE } from './loss_scaler.js';

/** A queued step whose values have not been read yet. @internal */
export interface PendingStep {
  step: number;
  learningRate: number;
  /** Loss, gradient norm and, with a loss scale, learning rate and scale. */
  values: Promise<ArrayLike<number | bigint>>;
  isScaled: boolean;
}

/** What a step was. @internal */
export interface StepResult {
  loss: number;
  gradNorm: number;
  learningRate: number;
}

/** Waits for a step's values. @throws DataError naming the step when one is not finite @internal */
export async function readStep({ step, learningRate, values, isScaled }: PendingStep): Promise<StepResult> {
  const [loss, gradNorm, rate, scale] = Array.from(await values, Number) as [number, number, number?, number?];
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
