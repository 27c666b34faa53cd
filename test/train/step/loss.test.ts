import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  ConfigError,
  DataCollatorWithPadding,
  Dataset,
  mseLoss,
  SequentialSampler,
  softmax,
  tensor,
  type Trainer,
  type TrainerOptions,
  type TrainingArgumentsInit,
} from '../../../lib/index.js';
import { cudaDevice, modelDevices } from '../../cuda.js';
import { tinyConfig, tinyRows, tinyTrainer, weightsOf } from '../tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-loss-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const still = { hiddenDropoutProb: 0, attentionProbsDropoutProb: 0 };
const run = (
  init: Partial<TrainingArgumentsInit>,
  options: Partial<TrainerOptions> & { config?: object } = {},
): Trainer => tinyTrainer(folder, init, { config: still, sampler: new SequentialSampler(tinyRows.length), ...options });

const logSoftmax = (row: ArrayLike<number>): number[] => {
  const values = Array.from(row);
  const sum = Math.log(values.reduce((all, x) => all + Math.exp(x), 0));
  return values.map((x) => x - sum);
};

describe('accumulated gradients', () => {
  test.each(modelDevices)(
    'are those of the mean over all rows of a step, also of a short last batch, on %s',
    async (device) => {
      const maxSteps = device === 'cpu' ? 6 : 2;
      const whole = run({ perDeviceTrainBatchSize: 8, maxSteps }, { device } as object);
      const parts = run({ perDeviceTrainBatchSize: 4, gradientAccumulationSteps: 2, maxSteps }, { device } as object);
      await whole.train();
      await parts.train();
      const losses = [whole, parts].map(({ state }) => state.logHistory.flatMap((line) => line['loss'] ?? []));
      expect(losses[1]).toHaveLength(maxSteps);
      losses[1]!.forEach((loss, i) => expect(loss).toBeCloseTo(losses[0]![i]!, 4));
      const [expected, actual] = [await weightsOf(whole), await weightsOf(parts)];
      actual.forEach((row, i) =>
        row.forEach((value, j) => expect(Math.abs(value - expected[i]![j]!)).toBeLessThan(2e-4)),
      );
    },
  );

  test('weigh batches by their labels, and leave out those without one', async () => {
    const rows = Array.from({ length: 12 }, (_, i) => {
      const inputIds = [1, 2 + i, 5, 3].slice(0, 2 + (i % 3));
      return { inputIds, labels: inputIds.map((id, j) => (i < 3 || j === 0 ? -100 : id % 2)) };
    });
    const losses = async (size: number, steps: number) => {
      const model = AutoModelForTokenClassification.fromConfig(tinyConfig(still), { seed: 1, device: 'cpu' });
      const trainDataset = Dataset.fromArray(rows);
      const sampler = new SequentialSampler(rows.length);
      const init = { perDeviceTrainBatchSize: size, gradientAccumulationSteps: steps, maxSteps: 2 };
      const trainer = run(init, { model, trainDataset, sampler });
      await trainer.train();
      return trainer.state.logHistory.flatMap((line) => line['loss'] ?? []);
    };
    const [whole, parts] = [await losses(6, 1), await losses(3, 2)];
    parts.forEach((loss, i) => expect(loss).toBeCloseTo(whole[i]!, 5));
  });
});

describe('the loss', () => {
  const labels = tinyRows.column('label') as number[];
  const evaluated = async (trainer: Trainer) => {
    const { predictions, loss } = await trainer.predict(tinyRows);
    return { rows: predictions.map((row) => logSoftmax(row)), loss: loss! };
  };
  const one = { perDeviceEvalBatchSize: 22 };

  test('has smoothed labels as the LabelSmoother of Python', async () => {
    const { rows, loss } = await evaluated(run({ ...one, labelSmoothingFactor: 0.2 }));
    const terms = rows.map((row, i) => -0.8 * row[labels[i]!]! - (0.2 * (row[0]! + row[1]!)) / 2);
    expect(loss).toBeCloseTo(terms.reduce((sum, term) => sum + term, 0) / rows.length, 5);
  });

  test.each([
    ['packed', undefined],
    ['padded', new DataCollatorWithPadding()],
  ])('weighs classes, %s', async (_, dataCollator) => {
    const options = { classWeights: [1, 3], ...(dataCollator && { dataCollator }) };
    const { rows, loss } = await evaluated(run(one, options));
    const weights = labels.map((label) => [1, 3][label]!);
    const sum = rows.reduce((all, row, i) => all - weights[i]! * row[labels[i]!]!, 0);
    expect(loss).toBeCloseTo(sum / weights.reduce((all, weight) => all + weight), 5);
  });

  test('with class weights is the same over accumulated batches', async () => {
    const losses = async (init: object) => {
      const trainer = run({ maxSteps: 3, ...init }, { classWeights: [1, 5] });
      await trainer.train();
      return trainer.state.logHistory.flatMap((line) => line['loss'] ?? []);
    };
    const whole = await losses({ perDeviceTrainBatchSize: 6 });
    const parts = await losses({ perDeviceTrainBatchSize: 3, gradientAccumulationSteps: 2 });
    parts.forEach((loss, i) => expect(loss).toBeCloseTo(whole[i]!, 4));
  });

  test('may be one of the caller, in training and evaluation', async () => {
    const computeLoss: TrainerOptions['computeLoss'] = ({ logits }, batch) => {
      const target = Array.from(batch.labels as Int32Array).flatMap((label) => [1 - label, label]);
      const shape = [batch.labels!.length, 2];
      return mseLoss(softmax(logits!), tensor(Float32Array.from(target), { shape, device: logits!.device }));
    };
    const trainer = run({ ...one, numTrainEpochs: 6, learningRate: 1e-2 }, { computeLoss });
    const { predictions, loss } = await trainer.predict(tinyRows);
    const errors = predictions.map((row, i) => (Math.exp(logSoftmax(row)[1]!) - labels[i]!) ** 2);
    expect(loss).toBeCloseTo(errors.reduce((sum, error) => sum + error, 0) / errors.length, 5);
    await trainer.train();
    expect((await trainer.evaluate())['evalLoss']).toBeLessThan(loss! / 2);
  });

  test('of the caller must be a tensor: nothing takes its place', async () => {
    const computeLoss = (() => undefined) as unknown as NonNullable<TrainerOptions['computeLoss']>;
    const rejected = expect(run(one, { computeLoss }).train()).rejects;
    await rejected.toThrow('Trainer: computeLoss must return a tensor of one number, got undefined');
  });

  test.each([
    [{ labelSmoothingFactor: 0.1 }, { computeLoss: () => tensor(1) }, 'computeLoss excludes classWeights and label'],
    [{}, { classWeights: [1, -1] }, 'classWeights must be numbers from 0, got -1 at 1'],
  ] as const)('refuses %o with %o', (init, options, text) => {
    expect(() => run(init, options)).toThrow(ConfigError);
    expect(() => run(init, options)).toThrow(text);
  });

  test('refuses weights that do not fit the model', async () => {
    await expect(run({}, { classWeights: [1] }).train()).rejects.toThrow(
      'classWeights must be 2, one per class, got 1',
    );
    const model = AutoModelForSequenceClassification.fromConfig(tinyConfig({ numLabels: 1 }), {
      seed: 1,
      device: 'cpu',
    });
    await expect(run({ labelSmoothingFactor: 0.1 }, { model }).train()).rejects.toThrow(
      /labelSmoothingFactor needs classes/,
    );
  });
});

const several = { numLabels: 3, problemType: 'multi_label_classification' };
const asSeveral = (label: number) => [label, 1 - label, 0];

describe.each([
  ['several labels at once', several, asSeveral, {}],
  ['several labels at once, with weights of the positive ones', several, asSeveral, { classWeights: [2, 1, 1] }],
  ['numbers', { numLabels: 1 }, (label: number) => label * 2 - 1, {}],
] as const)('a model of %s', (_, config, labelOf, options) => {
  const make = (device: string, init: Partial<TrainingArgumentsInit>) => {
    const place = { seed: 1, device };
    const model = AutoModelForSequenceClassification.fromConfig(tinyConfig({ ...still, ...config }), place);
    const rows = Dataset.fromArray(
      tinyRows.toArray().map(({ inputIds, label }) => ({ inputIds, labels: labelOf(label) })),
    );
    const parts = { model, trainDataset: rows, evalDataset: rows, computeMetrics: () => ({}), ...options };
    return tinyTrainer(folder, { learningRate: 1e-2, ...init }, parts as Partial<TrainerOptions>);
  };

  test('learns', async () => {
    const trainer = make('cpu', { numTrainEpochs: 8 });
    const before = (await trainer.evaluate())['evalLoss']!;
    await trainer.train();
    expect((await trainer.evaluate())['evalLoss']).toBeLessThan(before * 0.8);
  });

  test.skipIf(cudaDevice === undefined)('takes the same steps on cuda', async () => {
    const losses = async (device: string) => {
      const trainer = make(device, { maxSteps: 3 });
      await trainer.train();
      return trainer.state.logHistory.flatMap((line) => line['loss'] ?? []);
    };
    const [expected, actual] = [await losses('cpu'), await losses(cudaDevice!)];
    expect(actual).toHaveLength(3);
    actual.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i]!, 4));
  });
});
