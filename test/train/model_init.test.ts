import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AutoModelForSequenceClassification,
  ConfigError,
  type ModelInit,
  type PreTrainedModel,
  Trainer,
  type TrainerCallback,
  type TrainerOptions,
  TrainingArguments,
} from '../../lib/index.js';
import { accuracy, tinyConfig, tinyRows, tinyTrainer, weightsOf } from './tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-model-init-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const newModel: ModelInit = (args) =>
  AutoModelForSequenceClassification.fromConfig(tinyConfig(), { seed: args.seed - 41, device: 'cpu' });

function make(name: string, options: Partial<TrainerOptions>): Trainer {
  const { args, ...own } = options;
  const outputDir = path.join(folder, name);
  const usual = { learningRate: 5e-3, perDeviceTrainBatchSize: 4, numTrainEpochs: 2, saveStrategy: 'no' } as const;
  return new Trainer({
    args: args ?? new TrainingArguments({ outputDir, ...usual, loggingSteps: 1, disableTqdm: true }),
    trainDataset: tinyRows,
    evalDataset: tinyRows,
    computeMetrics: accuracy,
    ...own,
  });
}

describe('modelInit', () => {
  test('makes a new model for each run, trained as one that was handed in', async () => {
    const reference = tinyTrainer(path.join(folder, 'given'));
    await reference.train();
    const models: unknown[] = [];
    const modelInit: ModelInit = (args) => Promise.resolve(newModel(args));
    const inits: unknown[] = [];
    const watch: TrainerCallback = {
      onInitEnd: ({ model }) => void inits.push(model),
      onTrainBegin: ({ model }) => void models.push(model),
    };
    const trainer = make('made', { modelInit, callbacks: [watch] });
    expect(() => trainer.model).toThrow('Trainer: modelInit has made no model yet');
    for (let run = 0; run < 2; run++) {
      await trainer.train();
      expect(trainer.state.logHistory.map(({ loss }) => loss)).toEqual(
        reference.state.logHistory.map(({ loss }) => loss),
      );
      expect(await weightsOf(trainer)).toEqual(await weightsOf(reference));
    }
    expect(models[0]).not.toBe(models[1]);
    expect(inits).toEqual([models[0]]);
    expect(trainer.model).toBe(models[1]);
  });

  test('makes the model of an evaluation before any run, once', async () => {
    let count = 0;
    const trainer = make('evaluated', { modelInit: (args) => ((count += 1), newModel(args)) });
    const [first, second] = await Promise.all([trainer.evaluate(), trainer.predict(tinyRows)]);
    expect([count, second.metrics['testLoss']]).toEqual([1, first['evalLoss']]);
    await trainer.saveModel();
    expect(count).toBe(1);
  });

  test('may fail, and be tried again', async () => {
    let isFirst = true;
    const modelInit: ModelInit = (args) => {
      if (!isFirst) return newModel(args);
      isFirst = false;
      throw new Error('no memory');
    };
    const trainer = make('tried', { modelInit });
    await expect(trainer.evaluate()).rejects.toThrow('no memory');
    expect(await trainer.evaluate()).toMatchObject({ evalAccuracy: expect.any(Number) as number });
  });

  test('contradicts a model, and must return one', async () => {
    const model = (await newModel(new TrainingArguments({ outputDir: folder }))) as PreTrainedModel;
    expect(() => make('both', { model: model as never, modelInit: newModel })).toThrow(
      new ConfigError('Trainer: model and modelInit exclude each other, got both'),
    );
    expect(() => make('none', {})).toThrow('Trainer: model must be a model to train, got undefined');
    expect(() => make('odd', { modelInit: 7 as never })).toThrow(
      'Trainer: modelInit must be a function that makes a model, got number',
    );
    const nothing = make('nothing', { modelInit: (() => undefined) as never });
    await expect(nothing.train()).rejects.toThrow('Trainer: modelInit must return a model to train, got undefined');
  });
});
