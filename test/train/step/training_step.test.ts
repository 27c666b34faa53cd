import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AutoModelForSequenceClassification,
  BertConfig,
  DataError,
  Dataset,
  defineOp,
  mul,
  type Tensor,
  Trainer,
  TrainingArguments,
} from '../../../lib/index.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-steps-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows = Dataset.fromArray(Array.from({ length: 8 }, (_, i) => ({ inputIds: [1, 2 + i, 3], label: 0.5 + i })));

const factor = (name: string, ofValue: number, ofGradient: number) =>
  defineOp({ name, forward: (_, x: Tensor) => mul(x, ofValue), backward: (_, dy) => [mul(dy!, ofGradient)] });

/** One spoils the value and keeps the gradients, the other spoils those alone. */
const SPOIL = { loss: factor('spoil_loss', Infinity, 1), gradients: factor('spoil_gradients', 1, NaN) };

/** A run of one row per step; at step `bad` something is not finite. */
function trainer(maxSteps: number, maxGradNorm: number, bad?: { step: number; what: 'loss' | 'gradients' }) {
  const config = new BertConfig({
    vocabSize: 20,
    hiddenSize: 16,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 24,
    maxPositionEmbeddings: 12,
    numLabels: 1,
  });
  const model = AutoModelForSequenceClassification.fromConfig(config, { seed: 1, device: 'cpu' });
  const args = new TrainingArguments({
    outputDir: folder,
    maxSteps,
    maxGradNorm,
    learningRate: 1e-2,
    lrSchedulerType: 'constant',
    perDeviceTrainBatchSize: 1,
    disableTqdm: true,
  });
  let calls = 0;
  const forward = model.forward.bind(model);
  const spoilt = (batch: Parameters<typeof forward>[0]) => {
    const output = forward(batch);
    return ++calls === bad?.step ? Object.assign(output, { loss: SPOIL[bad.what](output.loss!) }) : output;
  };
  Object.assign(model, { forward: spoilt });
  return { model, run: new Trainer({ model, args, trainDataset: rows }) };
}

async function weights(model: ReturnType<typeof trainer>['model']): Promise<number[][]> {
  return Promise.all(model.parameters().map(async (tensor) => [...((await tensor.data()) as Float32Array)]));
}

describe.each([1, 0])('with a maxGradNorm of %d', (maxGradNorm) => {
  test.each([
    ['loss', 3, /^Trainer: the loss of step 3 is Infinity; lower/],
    ['gradients', 3, /^Trainer: the gradient norm of step 3 is NaN; lower/],
    ['loss', 1, /^Trainer: the loss of step 1 is Infinity; lower/],
    ['loss', 8, /^Trainer: the loss of step 8 is Infinity; lower/],
  ] as const)('a %s at step %d that is not finite leaves the weights of the step before', async (what, step, text) => {
    const { model, run } = trainer(8, maxGradNorm, { step, what });
    const untrained = await weights(model);
    const error: unknown = await run.train().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ message: expect.stringMatching(text) as string, fields: { step } });
    const good = trainer(Math.max(1, step - 1), maxGradNorm);
    if (step > 1) await good.run.train();
    expect(await weights(model)).toEqual(step > 1 ? await weights(good.model) : untrained);
  });
});

test('labels that are no whole numbers train a model of one label with the default collator', async () => {
  const { run } = trainer(8, 1);
  const { trainingLoss } = await run.train();
  expect(trainingLoss).toBeGreaterThan(0);
});
