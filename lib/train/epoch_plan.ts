import type { BatchSampler } from '../data/index.js';
import { LoopPacer } from '../util/yield.js';
import type { TrainingArguments } from './arguments/training_arguments.js';

/** A place between two optimizer steps. @internal */
export interface Position {
  epoch: number;
  /** Optimizer steps done in the epoch. */
  step: number;
  /** Whether the end of the epoch has been reported. */
  epochEnded: boolean;
}

/** What an {@link EpochPlan} is made of. @internal */
export interface PlanParts {
  /** Undefined: a stream, whose length nobody knows. */
  batches: BatchSampler | undefined;
  args: TrainingArguments;
  /** Whether all epochs have as many batches; false for batches by tokens. */
  isEven: boolean;
  signal?: AbortSignal | undefined;
}

async function countBatches(batches: BatchSampler, epoch: number, signal: AbortSignal | undefined): Promise<number> {
  const pacer = new LoopPacer('train', { signal });
  let count = 0;
  for (const _ of batches.batches(epoch)) {
    count += 1;
    if (pacer.isDue()) await pacer.pause();
  }
  return count;
}

/** How many batches and optimizer steps the epochs of a run have. @internal */
export class EpochPlan {
  readonly #counts: readonly number[];
  readonly #accumulation: number;
  readonly maxSteps: number;
  /** Epochs begun. */
  readonly epochs: number;

  private constructor(counts: readonly number[], args: TrainingArguments, epochs?: number) {
    const { maxSteps, numTrainEpochs, gradientAccumulationSteps } = args;
    this.#counts = counts;
    this.#accumulation = gradientAccumulationSteps;
    this.maxSteps = maxSteps >= 0 ? maxSteps : this.#stepsBefore(numTrainEpochs);
    this.epochs = epochs ?? (maxSteps >= 0 ? this.#epochOf(maxSteps) : Math.ceil(numTrainEpochs));
  }

  static async make({ batches, args, isEven, signal }: PlanParts): Promise<EpochPlan> {
    if (batches === undefined) return new EpochPlan([args.maxSteps * args.gradientAccumulationSteps], args, Infinity);
    const counts = [isEven ? batches.batchCount(0) : await countBatches(batches, 0, signal)];
    const isEnough = (epochs: number) => {
      if (args.maxSteps < 0) return epochs >= Math.ceil(args.numTrainEpochs);
      const steps = counts.reduce((sum, count) => sum + Math.ceil(count / args.gradientAccumulationSteps), 0);
      return steps >= args.maxSteps || counts[0] === 0;
    };
    while (!isEven && !isEnough(counts.length)) counts.push(await countBatches(batches, counts.length, signal));
    return new EpochPlan(counts, args);
  }

  /** Batches of an epoch. */
  batchesIn(epoch: number): number {
    return this.#counts[Math.min(epoch, this.#counts.length - 1)]!;
  }

  /** Optimizer steps of an epoch. */
  stepsIn(epoch: number): number {
    return Math.ceil(this.batchesIn(epoch) / this.#accumulation);
  }

  /** Where a run stands after so many steps, when nobody wrote it down: Python's checkpoints do not. */
  locate(globalStep: number): Position {
    let [epoch, left] = [0, globalStep];
    for (; this.stepsIn(epoch) > 0 && left >= this.stepsIn(epoch); epoch++) left -= this.stepsIn(epoch);
    return { epoch, step: left, epochEnded: false };
  }

  #stepsBefore(epochs: number): number {
    const whole = Math.floor(epochs);
    let steps = Math.ceil((epochs - whole) * this.stepsIn(whole));
    // ceil(share of all) where the epochs are even, as Hugging Face rounds.
    if (this.#counts.length === 1) return Math.ceil(epochs * this.stepsIn(0));
    for (let epoch = 0; epoch < whole; epoch++) steps += this.stepsIn(epoch);
    return steps;
  }

  #epochOf(steps: number): number {
    const { epoch, step } = this.locate(steps);
    return epoch + (step > 0 ? 1 : 0);
  }
}
