import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ConfigError,
  DataCollatorWithPacking,
  Dataset,
  EarlyStoppingCallback,
  type TrainerCallback,
  type TrainerCollator,
  type TrainingArgumentsInit,
} from '../../../lib/index.js';
import type { EventName } from '../../../lib/train/callbacks/callback.js';
import { tinyRows, tinyTrainer } from '../tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-flow-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const EVENTS: EventName[] = [
  'onInitEnd',
  'onTrainBegin',
  'onTrainEnd',
  'onEpochBegin',
  'onEpochEnd',
  'onStepBegin',
  'onSubstepEnd',
  'onPreOptimizerStep',
  'onOptimizerStep',
  'onStepEnd',
  'onLog',
  'onEvaluate',
  'onPredict',
  'onPredictionStep',
  'onSave',
];

/** Writes down every event with the step it came at. */
function recorder(): { callback: TrainerCallback; seen: string[] } {
  const seen: string[] = [];
  const hooks = EVENTS.map((name) => [
    name,
    ({ state }: { state: { globalStep: number } }) => void seen.push(`${name.slice(2)} ${state.globalStep}`),
  ]);
  return { callback: Object.fromEntries(hooks) as TrainerCallback, seen };
}

/** Steps at which something happened, from the log and the folder. */
async function stepsOf(name: string, init: Partial<TrainingArgumentsInit>) {
  const run = tinyTrainer(path.join(folder, name), init);
  await run.train();
  const { logHistory } = run.state;
  const at = (key: string) => logHistory.filter((entry) => key in entry).map(({ step }) => step);
  const saved = readdirSync(path.join(folder, name)).filter((each) => each.startsWith('checkpoint-'));
  const saves = saved.map((each) => Number(each.slice(11))).sort((a, b) => a - b);
  return { logs: at('loss'), evals: at('evalLoss'), saves, run };
}

describe('the events of a run', () => {
  test('come in the order of Python', async () => {
    const { callback, seen } = recorder();
    const settings = {
      maxSteps: 2,
      gradientAccumulationSteps: 3,
      loggingSteps: 2,
      evalStrategy: 'steps',
      evalSteps: 1,
      perDeviceEvalBatchSize: 22,
      saveStrategy: 'epoch',
    } as const;
    const run = tinyTrainer(path.join(folder, 'events'), settings, { callbacks: [callback] });
    await run.train();
    await run.predict({ length: 1, at: () => ({ inputIds: [1, 2, 3] }) });
    // transformers 5.18, Trainer with the same arguments.
    const step = (n: number) => [`StepBegin ${n}`, `SubstepEnd ${n}`, `SubstepEnd ${n}`, `PreOptimizerStep ${n}`];
    expect(seen).toEqual([
      'InitEnd 0',
      'TrainBegin 0',
      'EpochBegin 0',
      ...step(0),
      ...['OptimizerStep 0', 'StepEnd 1', 'PredictionStep 1', 'Log 1', 'Evaluate 1'],
      ...step(1),
      ...['OptimizerStep 1', 'StepEnd 2', 'Log 2', 'PredictionStep 2', 'Log 2', 'Evaluate 2'],
      ...['EpochEnd 2', 'Save 2', 'Log 2', 'TrainEnd 2', 'PredictionStep 2', 'Predict 2'],
    ]);
  });

  test('may ask for logs, evaluations, checkpoints and the end', async () => {
    const wishes: TrainerCallback = {
      onStepEnd({ state, control }) {
        if (state.globalStep === 2) control.shouldLog = true;
        if (state.globalStep === 3) control.shouldEvaluate = true;
        if (state.globalStep === 4) control.shouldSave = true;
        if (state.globalStep === 5) control.shouldTrainingStop = true;
      },
    };
    const out = path.join(folder, 'wishes');
    const run = tinyTrainer(out, { loggingStrategy: 'no' }, { callbacks: [wishes] });
    const { globalStep } = await run.train();
    expect(globalStep).toBe(5);
    const keys = run.state.logHistory.map((entry) => [entry.step, 'loss' in entry, 'evalLoss' in entry]);
    expect(keys).toEqual([
      [2, true, false],
      [3, false, true],
      [5, false, false],
    ]);
    expect(readdirSync(out)).toEqual(['checkpoint-4']);
  });

  test('may end an epoch early', async () => {
    const callbacks: TrainerCallback[] = [
      { onStepEnd: ({ state, control }) => void (control.shouldEpochStop = state.globalStep === 2) },
    ];
    const run = tinyTrainer(path.join(folder, 'epochs'), {}, { callbacks });
    const { globalStep } = await run.train();
    expect(globalStep).toBe(2 + 6);
  });
});

describe('strategies', () => {
  test.each([
    [{ loggingSteps: 5 }, { logs: [5, 10], evals: [], saves: [] }],
    [
      { loggingSteps: 5, loggingFirstStep: true },
      { logs: [1, 5, 10], evals: [], saves: [] },
    ],
    [{ loggingStrategy: 'epoch' }, { logs: [6, 12], evals: [], saves: [] }],
    [
      { loggingStrategy: 'no', evalStrategy: 'steps', evalSteps: 5 },
      { logs: [], evals: [5, 10, 12], saves: [] },
    ],
    [
      { loggingSteps: 0.25, evalStrategy: 'epoch' },
      { logs: [3, 6, 9, 12], evals: [6, 12], saves: [] },
    ],
    [
      { loggingSteps: 12, evalStrategy: 'epoch', evalDelay: 2 },
      { logs: [12], evals: [12], saves: [] },
    ],
    [
      { loggingSteps: 12, evalStrategy: 'epoch', evalOnStart: true },
      { logs: [12], evals: [0, 6, 12], saves: [] },
    ],
    [
      { loggingSteps: 12, saveStrategy: 'steps', saveSteps: 5 },
      { logs: [12], evals: [], saves: [5, 10, 12] },
    ],
    [
      { loggingSteps: 12, saveStrategy: 'epoch', saveTotalLimit: 1 },
      { logs: [12], evals: [], saves: [12] },
    ],
    [
      { loggingSteps: 9, numTrainEpochs: 1.5, saveStrategy: 'epoch' },
      { logs: [9], evals: [], saves: [6, 9] },
    ],
  ] as [Partial<TrainingArgumentsInit>, object][])('%o act at the steps of Python', async (init, expected) => {
    const { logs, evals, saves } = await stepsOf(JSON.stringify(init).replace(/\W/g, ''), init);
    expect({ logs, evals, saves }).toEqual(expected);
  });

  test('save the best alone where that was asked for, and load it at the end', async () => {
    const init = {
      evalStrategy: 'steps',
      evalSteps: 2,
      saveStrategy: 'best',
      metricForBestModel: 'eval_loss',
    } as const;
    const { saves, run } = await stepsOf('best', { ...init, loadBestModelAtEnd: true, numTrainEpochs: 4 });
    const history = run.state.logHistory.filter((entry) => 'evalLoss' in entry);
    let least = Infinity;
    const best = history.filter((entry) => entry['evalLoss']! < least && ((least = entry['evalLoss']!), true));
    expect(saves).toEqual(best.map(({ step }) => step));
    expect(saves.length).toBeLessThanOrEqual(history.length);
    expect(run.state).toMatchObject({ bestMetric: least, bestGlobalStep: saves.at(-1) });
    expect((await run.evaluate())['evalLoss']).toBe(least);
  });

  test('never remove the best checkpoint or the last', async () => {
    const init = { evalStrategy: 'epoch', saveStrategy: 'epoch', saveTotalLimit: 1, numTrainEpochs: 4 } as const;
    const { saves, run } = await stepsOf('limit', { ...init, metricForBestModel: 'loss', greaterIsBetter: true });
    // The loss is best, that is greatest, at the first evaluation.
    expect(saves).toEqual([run.state.bestGlobalStep]);
    const two = await stepsOf('limit2', {
      ...init,
      saveTotalLimit: 2,
      metricForBestModel: 'loss',
      greaterIsBetter: true,
    });
    expect(two.saves).toEqual([two.run.state.bestGlobalStep, 24]);
  });
});

describe('early stopping', () => {
  test('ends a run whose metric does not become better', async () => {
    const init = { evalStrategy: 'steps', evalSteps: 1, metricForBestModel: 'loss', greaterIsBetter: true } as const;
    const { evals } = await stepsOf('patience', { ...init, earlyStoppingPatience: 3, numTrainEpochs: 10 });
    expect(evals).toEqual([1, 2, 3, 4]);
  });

  test('counts gains up to the threshold as none', async () => {
    const init = { evalStrategy: 'steps', evalSteps: 1, metricForBestModel: 'loss' } as const;
    const { evals } = await stepsOf('threshold', { ...init, earlyStoppingPatience: 2, earlyStoppingThreshold: 10 });
    expect(evals).toEqual([1, 2, 3]);
  });

  test('needs evaluations and a metric', async () => {
    const callbacks = [new EarlyStoppingCallback()];
    await expect(tinyTrainer(path.join(folder, 'none'), {}, { callbacks }).train()).rejects.toThrow(ConfigError);
    expect(() => new EarlyStoppingCallback({ patience: 0 })).toThrow('patience must be an integer from 1');
    expect(() => new EarlyStoppingCallback({ patiense: 1 } as object)).toThrow(/did you mean "patience"/);
  });
});

describe('the order of rows', () => {
  /** Lengths of the rows of each batch. */
  async function batches(name: string, init: Partial<TrainingArgumentsInit>, options: object = {}) {
    const packing = new DataCollatorWithPacking();
    const seen: number[][] = [];
    const collate: TrainerCollator['collate'] = (rows) => {
      seen.push(rows.map(({ inputIds }) => inputIds.length));
      return packing.collate(rows);
    };
    await tinyTrainer(path.join(folder, name), init, { dataCollator: { collate }, ...options }).train();
    return seen;
  }
  const spread = (seen: number[][]) => seen.reduce((sum, row) => sum + Math.max(...row) - Math.min(...row), 0);

  test('brings rows of similar lengths together with groupByLength, the longest first', async () => {
    const rows = Array.from({ length: 96 }, (_, i) => ({
      inputIds: new Uint8Array(1 + (i % 11)).fill(5),
      label: i % 2,
    }));
    const options = { trainDataset: Dataset.fromArray(rows) };
    const random = await batches('random', { numTrainEpochs: 1 }, options);
    const grouped = await batches('grouped', { numTrainEpochs: 1, groupByLength: true }, options);
    expect(grouped).toHaveLength(24);
    expect(spread(grouped)).toBeLessThan(spread(random) / 2);
    expect(grouped[0]![0]).toBe(11);
  });

  test('fills batches up to maxTokensPerBatch', async () => {
    const filled = await batches('budget', { maxTokensPerBatch: 24, perDeviceTrainBatchSize: undefined as never });
    const tokens = filled.map((row) => row.reduce((sum, length) => sum + length, 0));
    expect(Math.max(...tokens)).toBeLessThanOrEqual(24);
    expect(tokens.filter((count) => count < 18).length).toBeLessThanOrEqual(2);
  });

  test('is that of a sampler of the caller, each epoch anew', async () => {
    const sampler = { length: 22, indices: (epoch: number) => tinyRows.toArray().map((_, i) => (i + epoch) % 22) };
    const own = await batches('own', {}, { sampler });
    const lengths = tinyRows.toArray().map(({ inputIds }) => inputIds.length);
    expect([own[0], own[6]]).toEqual([lengths.slice(0, 4), lengths.slice(1, 5)]);
  });

  test('refuses rows longer than a batch', async () => {
    await expect(batches('long', { maxTokensPerBatch: 5 })).rejects.toThrow(/at most maxTokens 5 tokens, got 6/);
  });
});
