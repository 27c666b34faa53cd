import { describe, expect, test } from 'vitest';
import { BatchSampler, RandomSampler, TrainingArguments, type TrainingArgumentsInit } from '../../lib/index.js';
import { EpochPlan } from '../../lib/train/epoch_plan.js';

function plan(rows: number, init: Partial<TrainingArgumentsInit>, maxTokens?: number): Promise<EpochPlan> {
  const args = new TrainingArguments({ outputDir: 'unused', perDeviceTrainBatchSize: 4, ...init });
  const lengths = Array.from({ length: rows }, (_, i) => 1 + (i % 5));
  const sampler = new RandomSampler(rows, { seed: 1 });
  const batches = new BatchSampler({ sampler, batchSize: 4, ...(maxTokens !== undefined && { maxTokens, lengths }) });
  return EpochPlan.make({ batches, args, isEven: maxTokens === undefined });
}

describe('EpochPlan', () => {
  // Steps and epochs of transformers 5.18: set_initial_training_values.
  test.each([
    [22, { numTrainEpochs: 2 }, 12, 2],
    [22, { numTrainEpochs: 1.5 }, 9, 2],
    [22, { numTrainEpochs: 0.1 }, 1, 1],
    [22, { numTrainEpochs: 2, gradientAccumulationSteps: 4 }, 4, 2],
    [22, { maxSteps: 13 }, 13, 3],
    [22, { maxSteps: 12 }, 12, 2],
    [22, { maxSteps: 5, gradientAccumulationSteps: 3 }, 5, 3],
  ] as const)('of %d rows with %o has %d steps in %d epochs', async (rows, init, steps, epochs) => {
    const { maxSteps, epochs: begun } = await plan(rows, init);
    expect([maxSteps, begun]).toEqual([steps, epochs]);
  });

  test('finds the place after so many steps', async () => {
    const even = await plan(22, { numTrainEpochs: 3 });
    expect([0, 5, 6, 13, 18].map((step) => even.locate(step))).toEqual([
      { epoch: 0, step: 0, epochEnded: false },
      { epoch: 0, step: 5, epochEnded: false },
      { epoch: 1, step: 0, epochEnded: false },
      { epoch: 2, step: 1, epochEnded: false },
      { epoch: 3, step: 0, epochEnded: false },
    ]);
  });

  test('counts the batches of each epoch where they are cut by tokens', async () => {
    const uneven = await plan(40, { numTrainEpochs: 6, gradientAccumulationSteps: 2 }, 9);
    const counts = [0, 1, 2, 3, 4, 5].map((epoch) => uneven.batchesIn(epoch));
    expect(new Set(counts).size).toBeGreaterThan(1);
    expect(uneven.maxSteps).toBe(counts.reduce((sum, count) => sum + Math.ceil(count / 2), 0));
    const part = await plan(40, { maxSteps: 20, gradientAccumulationSteps: 2 }, 9);
    const { epoch } = part.locate(20);
    expect(part.epochs).toBeGreaterThanOrEqual(epoch);
  });
});
