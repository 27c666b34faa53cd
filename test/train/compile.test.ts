import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  AutoModelForSequenceClassification,
  BertConfig,
  ConfigError,
  Dataset,
  DistilBertConfig,
  memory,
  type PreTrainedModel,
  sync,
  Trainer,
  TrainingArguments,
  type TrainingArgumentsInit,
} from '../../lib/index.js';
import { modelDevices } from '../cuda.js';
import { expectClose } from '../golden/compare.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-compiled-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const sizes = { vocabSize: 30, maxPositionEmbeddings: 12 };
const bert = (p: number, numLabels = 2) =>
  new BertConfig({
    ...sizes,
    numLabels,
    hiddenSize: 16,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 24,
    hiddenDropoutProb: p,
    attentionProbsDropoutProb: p,
  });
const distilbert = (p: number) =>
  new DistilBertConfig({
    ...sizes,
    dim: 16,
    nLayers: 1,
    nHeads: 2,
    hiddenDim: 24,
    dropout: p,
    attentionDropout: p,
    seqClassifDropout: p,
  });

/** Rows of 2 to 9 tokens, or of 6 each. */
const rowsOf = (lengthOf: (i: number) => number, labelOf: (i: number) => number) =>
  Dataset.fromArray(
    Array.from({ length: 20 }, (_, i) => ({
      inputIds: Array.from({ length: lengthOf(i) }, (_, t) => 2 + ((5 * i + 3 * t) % 28)),
      label: labelOf(i),
    })),
  );
const ragged = rowsOf(
  (i) => 2 + ((3 * i) % 8),
  (i) => i % 2,
);
const even = rowsOf(
  () => 6,
  (i) => i % 2,
);
const regression = rowsOf(
  (i) => 2 + ((3 * i) % 8),
  (i) => i / 7 - 1,
);

const HOLDS_ALL = {
  buckets: [
    { batch: 4, tokens: 24, maxLength: 9 },
    { batch: 5, tokens: 36, maxLength: 12 },
  ],
};
const FITS = { buckets: [{ batch: 4, tokens: 24, maxLength: 6 }] };

function trainer(model: PreTrainedModel, trainDataset: typeof ragged, init: Partial<TrainingArgumentsInit> = {}) {
  const args = new TrainingArguments({
    outputDir: folder,
    maxSteps: 5,
    perDeviceTrainBatchSize: 4,
    perDeviceEvalBatchSize: 3,
    learningRate: 1e-2,
    loggingSteps: 1,
    disableTqdm: true,
    ...init,
  });
  return new Trainer({ model: model as never, args, trainDataset, evalDataset: trainDataset });
}

/** Loss and gradient norm of each step, and all weights after the last. */
async function run(
  config: BertConfig | DistilBertConfig,
  device: string,
  ...rest: [typeof ragged, Partial<TrainingArgumentsInit>?]
) {
  using model = AutoModelForSequenceClassification.fromConfig(config, { device, seed: 4 });
  const compute = vi.spyOn(model, 'compute');
  const training = trainer(model, ...rest);
  await training.train();
  const steps = training.state.logHistory.flatMap(({ loss, gradNorm }) =>
    loss === undefined ? [] : [loss, gradNorm!],
  );
  const weights = await Promise.all(model.parameters().map(async (weight) => Array.from(await weight.data(), Number)));
  return { steps, weights: weights.flat(), computed: compute.mock.calls.length };
}

describe.each(modelDevices)('compiled training on %s', (device) => {
  it.each([
    ['BERT', bert(0)],
    ['DistilBERT', distilbert(0)],
  ])('%s takes the steps it takes without, within rounding', async (_, config) => {
    const plain = await run(config, device, ragged);
    const compiled = await run(config, device, ragged, { compile: HOLDS_ALL });
    expect(plain.steps.length).toBe(10);
    expectClose(compiled.steps, plain.steps, { absolute: 1e-5, relative: 1e-5 });
    // AdamW divides by the root of a gradient's square: where both are all rounding, steps differ by the rate.
    expectClose(compiled.weights, plain.weights, { absolute: 1e-2 });
    expect(plain.computed).toBe(5);
    expect(compiled.computed).toBeLessThanOrEqual(2);
  });

  it.each([
    ['BERT', bert(0.2)],
    ['DistilBERT', distilbert(0.2)],
  ])('%s with dropout takes them bit for bit where batches fill the bucket', async (_, config) => {
    const plain = await run(config, device, even);
    const compiled = await run(config, device, even, { compile: FITS });
    expect({ ...compiled, computed: 5 }).toEqual(plain);
    expect(compiled.computed).toBe(1);
  });

  it.each([
    ['bf16', { bf16: true }],
    ['fp16', { fp16: true }],
    ['gradients checkpointed', { gradientCheckpointing: true }],
    ['Adafactor', { optim: 'adafactor' }],
  ] as const)('with dropout takes them bit for bit with %s', async (_, init) => {
    const plain = await run(bert(0.2), device, even, { maxSteps: 3, ...init });
    const compiled = await run(bert(0.2), device, even, { maxSteps: 3, ...init, compile: FITS });
    expect({ ...compiled, computed: 3 }).toEqual(plain);
    expect(compiled.computed).toBe(1);
  });

  it('takes steps of several batches, or with a loss of its own, batch by batch', async () => {
    const init = { maxSteps: 2, gradientAccumulationSteps: 2 };
    const plain = await run(bert(0.2), device, even, init);
    expect(await run(bert(0.2), device, even, { ...init, compile: FITS })).toEqual(plain);
    const smooth = { maxSteps: 2, labelSmoothingFactor: 0.1 };
    const without = await run(bert(0), device, even, smooth);
    const compiled = await run(bert(0), device, even, { ...smooth, compile: FITS });
    expect(compiled).toEqual(without);
  });

  it('trains on numbers: a mean over a padded batch', async () => {
    const plain = await run(bert(0, 1), device, regression);
    const compiled = await run(bert(0, 1), device, regression, { compile: HOLDS_ALL });
    expectClose(compiled.steps, plain.steps, { absolute: 1e-5, relative: 1e-5 });
  });
});

describe('the argument compile', () => {
  it('evaluates with recordings between epochs, trains on and frees what steps held', async () => {
    const losses = async (compile: TrainingArgumentsInit['compile']) => {
      using other = AutoModelForSequenceClassification.fromConfig(bert(0), { device: 'cpu', seed: 4 });
      const training = trainer(other, ragged, { compile, maxSteps: 10, evalStrategy: 'epoch' });
      await training.train();
      return training.state.logHistory.flatMap(({ evalLoss }) => (evalLoss === undefined ? [] : [evalLoss]));
    };
    const plain = await losses(false);
    expect(plain.length).toBe(2);
    await sync('cpu');
    const before = memory('cpu').liveBytes;
    expectClose(await losses(HOLDS_ALL), plain, { absolute: 1e-5 });
    expectClose(await losses(true), plain, { absolute: 1e-5 });
    await sync('cpu');
    expect(memory('cpu').liveBytes).toBeLessThan(before + 1024);
  });

  it('leaves batches that fit no bucket to the plain path', async () => {
    const plain = await run(bert(0.2), 'cpu', ragged);
    const compiled = await run(bert(0.2), 'cpu', ragged, {
      compile: { buckets: [{ batch: 1, tokens: 2, maxLength: 2 }] },
    });
    expect(compiled).toEqual(plain);
  });

  it.each([
    [3, 'TrainingArguments: compile must be true, false or { buckets }, got 3'],
    [{ bucket: 1 }, 'TrainingArguments: compile: option must be one of buckets, got bucket (did you mean "buckets"?)'],
    [
      { buckets: [{ batch: 0, tokens: 1, maxLength: 1 }] },
      'TrainingArguments: compile: batch of buckets[0] must be an integer from 1 to 2147483647, got 0',
    ],
  ])('refuses %j', (compile, message) => {
    const make = () => new TrainingArguments({ outputDir: folder, compile: compile as never });
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(message);
  });

  it('refuses buckets longer than the model, and a model that cannot be compiled', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(bert(0), { device: 'cpu', seed: 4 });
    const compile = { buckets: [{ batch: 1, tokens: 20, maxLength: 20 }] };
    await expect(trainer(model, ragged, { compile }).train()).rejects.toThrow(
      /maxLength of buckets\[0\] must be an integer from 1 to 12/,
    );
    Object.assign(model, { compile: undefined });
    await expect(trainer(model, ragged, { compile: true }).train()).rejects.toThrow(
      'Trainer: compile needs a model that has compile()',
    );
  });
});
