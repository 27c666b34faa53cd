import { describe, expect, test } from 'vitest';
import { TrainingArguments } from '../../lib/train/training_arguments.js';
import { learningRateAt } from '../../lib/train/lr_schedule.js';
import { ConfigError } from '../../lib/util/errors.js';

const base = { outputDir: './results' };

describe('TrainingArguments', () => {
  test('takes the defaults of Hugging Face', () => {
    const args = new TrainingArguments(base);
    expect(args).toMatchObject({
      numTrainEpochs: 3,
      perDeviceTrainBatchSize: 8,
      learningRate: 5e-5,
      weightDecay: 0,
      adamBeta2: 0.999,
      maxGradNorm: 1,
      lrSchedulerType: 'linear',
      seed: 42,
      evalStrategy: 'no',
      greaterIsBetter: false,
    });
  });

  test('a metric other than a loss is better when greater', () => {
    expect(new TrainingArguments({ ...base, metricForBestModel: 'f1Macro' }).greaterIsBetter).toBe(true);
    expect(new TrainingArguments({ ...base, metricForBestModel: 'eval_loss' }).greaterIsBetter).toBe(false);
  });

  test('an unknown argument names the nearest known one', () => {
    const wrong = { ...base, learningrate: 1 } as never;
    expect(() => new TrainingArguments(wrong)).toThrow(/got learningrate \(did you mean "learningRate"\?\)/);
  });

  test.each([
    ['learningRate', -1],
    ['perDeviceTrainBatchSize', 0],
    ['numTrainEpochs', 'three'],
    ['adamBeta1', 1],
    ['adamBeta2', 1.5],
    ['outputDir', ''],
    ['lrSchedulerType', 'sideways'],
    ['seed', 0.5],
    ['learningRate', Number.NaN],
  ])('%s = %s is a ConfigError that names the field', (field, value) => {
    const make = () => new TrainingArguments({ ...base, [field]: value } as never);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(new RegExp(`^TrainingArguments: ${field} must be .*, got `));
  });

  test('the best model needs evaluation and saving at the same times', () => {
    expect(() => new TrainingArguments({ ...base, loadBestModelAtEnd: true })).toThrow(/loadBestModelAtEnd needs/);
    expect(() => new TrainingArguments({ ...base, loadBestModelAtEnd: true, evalStrategy: 'epoch' })).toThrow(
      ConfigError,
    );
  });
});

describe('learningRateAt', () => {
  test('climbs over the warm-up and falls to 0', () => {
    const args = new TrainingArguments({ ...base, learningRate: 1, warmupSteps: 4 });
    const rates = Array.from({ length: 12 }, (_, step) => learningRateAt(args, step, 12));
    expect(rates).toEqual([0, 0.25, 0.5, 0.75, 1, 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125]);
  });

  test('rounds a warm-up given as a ratio up', () => {
    const args = new TrainingArguments({ ...base, learningRate: 1, warmupRatio: 0.25 });
    expect(learningRateAt(args, 1, 5)).toBe(0.5);
    expect(learningRateAt(args, 2, 5)).toBe(1);
  });

  test('stays constant, with and without a warm-up', () => {
    const constant = new TrainingArguments({ ...base, learningRate: 1, warmupSteps: 2, lrSchedulerType: 'constant' });
    expect([0, 1, 9].map((step) => learningRateAt(constant, step, 10))).toEqual([1, 1, 1]);
    const warm = new TrainingArguments({
      ...base,
      learningRate: 1,
      warmupSteps: 2,
      lrSchedulerType: 'constant_with_warmup',
    });
    expect([0, 1, 9].map((step) => learningRateAt(warm, step, 10))).toEqual([0, 0.5, 1]);
  });
});
