import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AutoModelForQuestionAnswering,
  AutoModelForSequenceClassification,
  AutoModelForTokenClassification,
  BertConfig,
  classificationMetrics,
  DataCollatorWithPadding,
  Dataset,
  type EvalPrediction,
  memory,
  type MetricsSource,
  noGrad,
  sync,
  type TrainableModel,
  Trainer,
  type TrainerCollator,
  TrainingArguments,
} from '../../lib/index.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-evaluation-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = (numLabels: number) =>
  new BertConfig({
    vocabSize: 20,
    hiddenSize: 16,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 24,
    maxPositionEmbeddings: 12,
    numLabels,
  });
const IDS = [[1, 5, 3], [1, 7, 8, 9, 3], [4]];
const place = { seed: 1, device: 'cpu' };

function trainer(model: TrainableModel, dataCollator?: TrainerCollator): Trainer {
  const args = new TrainingArguments({ outputDir: folder, perDeviceEvalBatchSize: 2, disableTqdm: true });
  return new Trainer({ model, args, ...(dataCollator && { dataCollator }) });
}

const collators: [string, () => TrainerCollator | undefined][] = [
  ['packed', () => undefined],
  ['padded on the right', () => new DataCollatorWithPadding()],
  [
    'padded on the left to a multiple of 4',
    () => new DataCollatorWithPadding({ paddingSide: 'left', padToMultipleOf: 4 }),
  ],
];

/** What the model gives for each row alone. */
function alone(model: TrainableModel & { forward(inputs: { inputIds: number[][] }): object }, ...names: string[]) {
  return Promise.all(
    IDS.map(async (ids) => {
      const output = noGrad(() => model.forward({ inputIds: [ids] })) as Record<
        string,
        { data(): Promise<Float32Array> }
      >;
      const parts = await Promise.all(names.map((name) => output[name]!.data()));
      return parts.flatMap((part) => [...part]);
    }),
  );
}

function near(rows: readonly Float32Array[], expected: readonly number[][]): void {
  expect(rows.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
  rows.forEach((row, i) => row.forEach((value, j) => expect(value).toBeCloseTo(expected[i]![j]!, 4)));
}

describe.each(collators)('predictions of a batch %s', (name, collator) => {
  // Columns are positions, as in Hugging Face: rows padded on the left differ from rows alone.
  const isShifted = name.includes('left');

  test('are the classes of every token of each example', async () => {
    const model = AutoModelForTokenClassification.fromConfig(config(3), place);
    const rows = Dataset.fromArray(IDS.map((inputIds) => ({ inputIds, labels: inputIds.map((id) => id % 3) })));
    const { predictions, labelIds, loss } = await trainer(model, collator()).predict(rows);
    expect(predictions.map((row) => row.length)).toEqual([9, 15, 3]);
    if (!isShifted) near(predictions, await alone(model, 'logits'));
    expect(labelIds[1]).toEqual([1, 1, 2, 0, 0]);
    expect(loss).toBeGreaterThan(0);
  });

  test('are the scores of both ends of an answer', async () => {
    const model = AutoModelForQuestionAnswering.fromConfig(config(2), place);
    const rows = Dataset.fromArray(IDS.map((inputIds) => ({ inputIds })));
    const { predictions } = await trainer(model, collator()).predict(rows);
    expect(predictions.map((row) => row.length)).toEqual([6, 10, 2]);
    if (!isShifted) near(predictions, await alone(model, 'startLogits', 'endLogits'));
  });

  test('are the logits of each example where there is one prediction per sequence', async () => {
    // As many classes as the longest row has tokens: (B, L) must not pass for (B, S).
    const model = AutoModelForSequenceClassification.fromConfig(config(5), place);
    const rows = Dataset.fromArray(IDS.map((inputIds, i) => ({ inputIds, label: i })));
    const run = trainer(model, collator());
    const { predictions } = await run.predict(rows);
    expect(predictions.map((row) => row.length)).toEqual([5, 5, 5]);
    if (!isShifted) near(predictions, await alone(model, 'logits'));
    expect((await run.evaluate(rows))['evalLoss']).toBeGreaterThan(0);
  });
});

describe('an evaluation', () => {
  const rows = Dataset.fromArray(IDS.map((inputIds, i) => ({ inputIds, label: i % 2 })));

  test('leaves the model in the mode it had', async () => {
    const model = AutoModelForSequenceClassification.fromConfig(config(2), place);
    const run = trainer(model);
    for (const training of [false, true]) {
      model.train(training);
      await run.evaluate(rows);
      expect(model.training).toBe(training);
      await run.predict(rows);
      expect(model.training).toBe(training);
      await expect(run.predict(rows, { signal: AbortSignal.abort() })).rejects.toThrow();
      expect(model.training).toBe(training);
    }
  });

  test('leaves no tensor behind', async () => {
    const model = AutoModelForQuestionAnswering.fromConfig(config(2), place);
    const run = trainer(model);
    await sync('cpu');
    const before = memory('cpu').liveTensors;
    await run.predict(rows);
    expect(memory('cpu').liveTensors).toBeLessThanOrEqual(before);
  });

  test('refuses logits that are neither per example nor per token', async () => {
    const model = AutoModelForSequenceClassification.fromConfig(config(2), place);
    const four = model.forward.bind(model, { inputIds: [[1], [2], [3], [4]] });
    const odd = Object.assign(model, { forward: () => ({ logits: four().logits }) });
    await expect(trainer(odd).predict(rows)).rejects.toThrow(
      'Trainer: logits must have a row per example (2) or per token (8), got (4, 2)',
    );
  });
});

describe('computeMetrics', () => {
  const many = Dataset.fromArray(
    Array.from({ length: 40 }, (_, i) => ({ inputIds: [1, 2 + (i % 9), 3, 4].slice(0, 2 + (i % 3)), label: i % 2 })),
  );
  const right = ({ predictions, labelIds }: EvalPrediction) =>
    predictions.filter((row, i) => row.indexOf(Math.max(...row)) === labelIds[i]).length;
  const make = (computeMetrics: MetricsSource, init: object = {}) => {
    const model = AutoModelForSequenceClassification.fromConfig(config(2), place);
    const base = { outputDir: folder, perDeviceEvalBatchSize: 3, disableTqdm: true };
    return new Trainer({ model, args: new TrainingArguments({ ...base, ...init }), evalDataset: many, computeMetrics });
  };

  test.each([1, 2, 7, 100])('as an accumulator sees every batch in order, %d of them on the device', async (steps) => {
    const sizes: number[] = [];
    const labels: unknown[] = [];
    let sum = 0;
    const source: MetricsSource = {
      reset() {
        sum = sizes.length = labels.length = 0;
      },
      add(batch) {
        sizes.push(batch.predictions.length);
        labels.push(...batch.labelIds);
        sum += right(batch as EvalPrediction);
      },
      compute: () => ({ accuracy: sum / many.length }),
    };
    const run = make(source, { evalAccumulationSteps: steps });
    const streamed = await run.evaluate();
    const whole = await make((all) => ({ accuracy: right(all) / many.length })).evaluate();
    expect(streamed['evalAccuracy']).toBe(whole['evalAccuracy']);
    expect(streamed['evalLoss']).toBeCloseTo(whole['evalLoss']!, 6);
    expect(sizes).toEqual([...new Array(13).fill(3), 1]);
    expect(labels).toEqual(many.column('label'));
    // A second evaluation begins anew.
    expect((await run.evaluate())['evalAccuracy']).toBe(whole['evalAccuracy']);
    const { predictions, metrics } = await run.predict(many);
    expect([predictions.length, metrics['testAccuracy']]).toEqual([40, whole['evalAccuracy']]);
  });

  test('takes the metrics of the library', async () => {
    const streamed = await make(classificationMetrics()).evaluate();
    const whole = await make((all) => ({ accuracy: right(all) / many.length })).evaluate();
    expect(streamed['evalAccuracy']).toBe(whole['evalAccuracy']);
    expect(streamed['evalF1Macro']).toBeGreaterThan(0);
  });

  test.each([
    [undefined, 'got nothing'],
    [null, 'got null'],
    [0.5, 'got 0.5'],
    [[1], 'got [1]'],
    [Promise.resolve({ accuracy: 1 }), 'got a promise'],
    [{ accuracy: 1, f1: [0.5] }, 'got [0.5] for f1'],
  ])('must return numbers by name, not %j', async (returned, told) => {
    const rule = 'Trainer: computeMetrics must return an object of numbers by name';
    const failure = make((() => returned) as never).evaluate();
    await expect(failure).rejects.toMatchObject({ code: 'CONFIG', message: `${rule}, ${told}` });
  });

  test('must be a function or an accumulator', () => {
    expect(() => make({ add() {} } as never)).toThrow(
      'computeMetrics must be a function or have reset, add and compute, got object',
    );
  });
});

describe('saved results', () => {
  test('are joined in one file, and the split is a plain name', async () => {
    const out = path.join(folder, 'results');
    const model = AutoModelForSequenceClassification.fromConfig(config(2), place);
    const run = new Trainer({ model, args: new TrainingArguments({ outputDir: out, disableTqdm: true }) });
    await run.saveMetrics('train', { trainLoss: 0.5, epoch: 1 });
    await run.saveMetrics('eval', { evalF1Macro: 0.25, epoch: 2 });
    const read = (name: string) => readFileSync(path.join(out, name), 'utf8');
    expect(read('eval_results.json')).toBe('{\n    "epoch": 2,\n    "eval_f1_macro": 0.25\n}');
    expect(JSON.parse(read('all_results.json'))).toEqual({ epoch: 2, eval_f1_macro: 0.25, train_loss: 0.5 });
    await expect(run.saveMetrics('../x', {})).rejects.toThrow('the split must be a plain name, got "../x"');
  });
});
