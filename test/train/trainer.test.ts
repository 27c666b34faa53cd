import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  AutoModelForSequenceClassification,
  BertConfig,
  CheckpointError,
  ConfigError,
  DataError,
  Dataset,
  DTypeError,
  memory,
  type PreTrainedModel,
  sync,
  Trainer,
  type TrainerOptions,
  TrainingArguments,
  type TrainingArgumentsInit,
} from '../../lib/index.js';
import { collectGarbage } from '../collect_garbage.js';
import { modelDevices } from '../cuda.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-trainer-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = () =>
  new BertConfig({
    vocabSize: 20,
    hiddenSize: 16,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 24,
    maxPositionEmbeddings: 12,
    id2label: { 0: 'low', 1: 'high' },
  });

/** Rows whose class is whether they hold a token from 10 on: learnt within a few epochs. */
const rows = Dataset.fromArray(
  Array.from({ length: 40 }, (_, i) => ({ inputIds: [1, 2 + (i % 7), i % 2 === 0 ? 4 : 12, 3], label: i % 2 })),
);

function trainer(name: string, init: Partial<TrainingArgumentsInit> = {}, seed = 1, device = 'cpu'): Trainer {
  const model = AutoModelForSequenceClassification.fromConfig(config(), { seed, device });
  const args = new TrainingArguments({
    outputDir: path.join(folder, name),
    learningRate: 5e-3,
    numTrainEpochs: 2,
    loggingSteps: 1,
    disableTqdm: true,
    ...init,
  });
  const computeMetrics = ({ predictions, labelIds }: { predictions: Float32Array[]; labelIds: unknown[] }) => ({
    accuracy: predictions.filter((row, i) => (row[1]! > row[0]! ? 1 : 0) === labelIds[i]).length / labelIds.length,
  });
  return new Trainer({ model, args, trainDataset: rows, evalDataset: rows, computeMetrics });
}

describe('Trainer', () => {
  test.each(modelDevices)('learns, keeps the best model and writes whole checkpoints, on %s', async (device) => {
    const settings: Partial<TrainingArgumentsInit> = {
      numTrainEpochs: 10,
      learningRate: 1.5e-2,
      evalStrategy: 'epoch',
      saveStrategy: 'epoch',
      saveTotalLimit: 2,
      loadBestModelAtEnd: true,
      metricForBestModel: 'accuracy',
    };
    const run = trainer(`best-${device}`, settings, 1, device);
    const { globalStep } = await run.train();
    expect(globalStep).toBe(50);
    expect((await run.evaluate())['evalAccuracy']).toBe(1);
    const checkpoints = readdirSync(path.join(folder, `best-${device}`)).filter((name) =>
      name.startsWith('checkpoint-'),
    );
    expect(checkpoints.length).toBe(2);
    const best = run.state.bestModelCheckpoint!;
    expect(readdirSync(best)).toEqual(
      expect.arrayContaining([
        'config.json',
        'model.safetensors',
        'optimizer.safetensors',
        'trainer_state.json',
        'training_args.json',
      ]),
    );
    const state = JSON.parse(readFileSync(path.join(best, 'trainer_state.json'), 'utf8'));
    expect(state.log_history.some((entry: object) => 'eval_accuracy' in entry)).toBe(true);
  });

  test.each(modelDevices)('gives the same losses again for a seed, others for another, on %s', async (device) => {
    const losses = async (seed: number) => {
      const run = trainer(`seed-${seed}`, { seed }, seed, device);
      await run.train();
      return run.state.logHistory.map((entry) => entry['loss']);
    };
    const first = await losses(3);
    expect(await losses(3)).toEqual(first);
    expect(await losses(4)).not.toEqual(first);
  });

  test('stops at a loss that is no number and names the step', async () => {
    const run = trainer('nan', { learningRate: 1e30, maxGradNorm: 0, numTrainEpochs: 5 });
    await expect(run.train()).rejects.toThrow(DataError);
    await expect(trainer('nan', { learningRate: 1e30, maxGradNorm: 0, numTrainEpochs: 5 }).train()).rejects.toThrow(
      /the loss of step \d+ is (NaN|-?Infinity)/,
    );
  });

  test('stops when the signal fires', async () => {
    const controller = new AbortController();
    const run = trainer('abort', { numTrainEpochs: 1000 });
    setTimeout(() => controller.abort(), 30);
    await expect(run.train({ signal: controller.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('refuses an output folder that cannot be written, before training', async () => {
    writeFileSync(path.join(folder, 'file'), '');
    await expect(trainer('file/below').train()).rejects.toThrow(CheckpointError);
  });

  test('says what is missing', async () => {
    const { model, args } = trainer('missing');
    await expect(new Trainer({ model, args }).train()).rejects.toThrow(/needs a trainDataset/);
    await expect(new Trainer({ model, args }).evaluate()).rejects.toThrow(ConfigError);
    const wrong = trainer('metric', {
      evalStrategy: 'epoch',
      saveStrategy: 'epoch',
      loadBestModelAtEnd: true,
      metricForBestModel: 'f2',
    });
    await expect(wrong.train()).rejects.toThrow(
      /metricForBestModel must be one of the evaluation's evalLoss, evalAccuracy, .*, got f2/,
    );
  });

  test('predicts one row of logits per example, in order', async () => {
    const run = trainer('predict');
    const { predictions, labelIds, metrics } = await run.predict(rows.slice(0, 11));
    expect(predictions.map((row) => row.length)).toEqual(new Array(11).fill(2));
    expect(labelIds).toEqual(rows.slice(0, 11).column('label'));
    expect(metrics['testLoss']).toBeGreaterThan(0);
  });

  test('trains again from a fresh state, with the weights it has', async () => {
    const run = trainer('again', { evalStrategy: 'epoch', saveStrategy: 'epoch', metricForBestModel: 'accuracy' });
    const first = await run.train();
    const before = run.state;
    const second = await run.train();
    expect(run.state).not.toBe(before);
    expect([second.globalStep, run.state.globalStep, run.state.maxSteps]).toEqual([first.globalStep, 10, 10]);
    expect(run.state.logHistory[0]!['loss']).not.toBe(before.logHistory[0]!['loss']);
    const steps = (entries: typeof before.logHistory) => entries.map(({ step }) => step);
    expect(steps(run.state.logHistory)).toEqual(steps(before.logHistory));
    expect(run.state.logHistory.map((entry) => entry['learningRate'])).toEqual(
      before.logHistory.map((entry) => entry['learningRate']),
    );
    const accuracies = run.state.logHistory.map((entry) => entry['evalAccuracy'] ?? 0);
    expect(run.state.bestMetric).toBe(Math.max(...accuracies));
  });

  test.each(modelDevices)('leaves no tensor behind, however many checkpoints it writes, on %s', async (device) => {
    const settings = { numTrainEpochs: 4, evalStrategy: 'epoch', saveStrategy: 'epoch' } as const;
    const run = trainer(`leaks-${device}`, settings, 1, device);
    run.model.seedDropout(1); // makes the model's generator, which stays
    await sync(device);
    collectGarbage();
    await sleep(10); // finalizers run after the collection
    const before = memory(device).liveTensors;
    await run.train();
    // Less where the garbage collector met models of earlier tests meanwhile.
    expect(memory(device).liveTensors).toBeLessThanOrEqual(before);
  });

  test('refuses 16-bit weights at the start and says what to do', async () => {
    const run = trainer('half');
    (run.model as PreTrainedModel).to({ dtype: 'bf16' });
    const forward = vi.spyOn(run.model, 'forward');
    const refused = run.train();
    await expect(refused).rejects.toThrow(DTypeError);
    await expect(refused).rejects.toThrow(/must be f32 or f64, got bf16; load .*dtype: 'f32'.* or call model\.to/);
    expect(forward).not.toHaveBeenCalled();
    expect(existsSync(path.join(folder, 'half'))).toBe(false);
  });

  test('refuses a second run beside the first, from its first moment on', async () => {
    const run = trainer('twice', { numTrainEpochs: 1 });
    const first = run.train();
    await expect(run.train()).rejects.toThrow(/train\(\) is running already/);
    expect((await first).globalStep).toBe(5);
    expect((await run.train()).globalStep).toBe(5);
  });

  test('refuses a metric that the first evaluation lacks, whether or not the best model is loaded', async () => {
    const run = trainer('unknown-metric', { evalStrategy: 'epoch', metricForBestModel: 'f2' });
    await expect(run.train()).rejects.toThrow(/evaluation's evalLoss, evalAccuracy, .*, got f2/);
    expect(run.state.globalStep).toBe(5);
  });

  test('does without a best metric where rows have no labels and nobody asked for one', async () => {
    const { model, args } = trainer('no-labels', { evalStrategy: 'epoch', numTrainEpochs: 1 });
    const evalDataset = Dataset.fromArray([{ inputIds: [1, 2, 3] }]);
    const run = new Trainer({ model, args, trainDataset: rows, evalDataset });
    await run.train();
    expect(run.state.bestMetric).toBeUndefined();
  });

  test('refuses misuse with typed errors', () => {
    const { model, args } = trainer('misuse');
    const make = (options: unknown) => () => new Trainer(options as TrainerOptions);
    expect(make(undefined)).toThrow('Trainer: options must be an object, got undefined');
    expect(make({})).toThrow('Trainer: model must be a model to train, got undefined');
    expect(make({ model, args: {} })).toThrow('Trainer: args must be TrainingArguments, got object');
    expect(make({ model, args, evalDatset: rows })).toThrow(/got evalDatset \(did you mean "evalDataset"\?\)/);
    expect(() => new TrainingArguments(undefined as never)).toThrow(
      'TrainingArguments: options must be an object, got undefined',
    );
  });
});
