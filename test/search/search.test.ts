import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import {
  AbortError,
  AutoModelForSequenceClassification,
  CheckpointError,
  ConfigError,
  Dataset,
  formatTrials,
  hyperparameterSearch,
  memory,
  OutOfMemoryError,
  readSafetensors,
  type SearchOptions,
  Trainer,
  type Trial,
} from '../../lib/index.js';
import { accuracy, tinyConfig, tinyRows, tinyTrainer, weightsOf } from '../train/tiny.js';

// What is drawn has its own test; here it would take most of the time.
const { drawn } = vi.hoisted(() => ({ drawn: [] as unknown[] }));
vi.mock('../../lib/plots/draw.js', () => ({
  drawPictures: (pictures: unknown[]) => Promise.resolve(drawn.push(...pictures)),
  writePictures: () => Promise.resolve([]),
}));

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-search-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SPACE = { learningRate: { type: 'log_uniform', min: 1e-4, max: 1e-2 } } as const;

function plan(name: string, change: Partial<SearchOptions> = {}): SearchOptions {
  const { args, ...rest } = change;
  return {
    args: {
      outputDir: path.join(folder, name),
      perDeviceTrainBatchSize: 4,
      maxSteps: 6,
      saveStrategy: 'no',
      disableTqdm: true,
      ...args,
    },
    space: SPACE,
    trials: 3,
    modelInit: ({ hiddenDropoutProb = 0.1 }) =>
      AutoModelForSequenceClassification.fromConfig(tinyConfig({ hiddenDropoutProb }), { seed: 1, device: 'cpu' }),
    trainDataset: tinyRows,
    evalDataset: tinyRows,
    computeMetrics: accuracy,
    ...rest,
  };
}

/** What a trial is, but for its time and the speed of its evaluation. */
function essence({ metrics, ...trial }: Trial): object {
  return { ...trial, seconds: 0, loss: metrics['evalLoss'] };
}

async function savedWeights(model: string): Promise<number[][]> {
  const tensors = [...(await readSafetensors(path.join(model, 'model.safetensors'), { device: 'cpu' }))].sort();
  return Promise.all(tensors.map(async ([, tensor]) => Array.from((await tensor.data()) as Float32Array)));
}

describe('a search', () => {
  test('judges its trials by their evaluations, and keeps the best model and a table', async () => {
    const options = plan('random', { modelSpace: { hiddenDropoutProb: [0, 0.5] }, metric: 'eval_loss' });
    const { liveTensors } = memory();
    const { best, bestModel, trials } = await hyperparameterSearch(options);
    expect(memory().liveTensors).toBe(liveTensors);
    const losses = trials.map(({ objective }) => objective!);
    expect(best!.objective).toBe(Math.min(...losses));
    expect(new Set(losses).size).toBe(3);
    for (const trial of trials) expect(trial).toMatchObject({ status: 'finished', step: 6, rungs: 1 });

    // The same run by itself comes to the same loss and weights.
    const { learningRate } = best!.params as { learningRate: number };
    const hiddenDropoutProb = best!.modelParams['hiddenDropoutProb'];
    const init = { learningRate, maxSteps: 6, loggingSteps: 500 };
    const alone = tinyTrainer(path.join(folder, 'alone'), init, { config: { hiddenDropoutProb } });
    await alone.train();
    expect((await alone.evaluate())['evalLoss']).toBe(best!.objective);
    await alone.saveModel(path.join(folder, 'alone/model'));
    expect(await savedWeights(bestModel!)).toEqual(await savedWeights(path.join(folder, 'alone/model')));

    expect(bestModel).toBe(path.join(folder, 'random', `trial-00${best!.id}`, 'model'));
    const models = trials.filter(({ id }) => existsSync(path.join(folder, 'random', `trial-00${id}`, 'model')));
    expect(models.map(({ id }) => id)).toEqual([best!.id]);
    const csv = await Dataset.fromCsv(path.join(folder, 'random/trials.csv'));
    expect(csv.columnNames.slice(0, 5)).toEqual([
      'id',
      'status',
      'objective',
      'learningRate',
      'model.hiddenDropoutProb',
    ]);
    expect(csv.column('objective').map(Number)).toEqual(losses);
    expect(drawn).toHaveLength(1);
    expect(formatTrials(trials)).toContain('model.hiddenDropoutProb');
  });

  test('called again trains nothing, and refuses a folder that holds another search', async () => {
    const options = plan('again', { trials: 2 });
    const first = await hyperparameterSearch(options);
    const modelInit = vi.fn(options.modelInit);
    expect(await hyperparameterSearch({ ...options, modelInit })).toEqual(first);
    expect(modelInit).not.toHaveBeenCalled();
    const another = hyperparameterSearch(plan('again', { trials: 2, seed: 7 }));
    await expect(another).rejects.toThrow(ConfigError);
    await expect(another).rejects.toThrow(/got another seed \(7 in place of 42\)/);
    const file = path.join(folder, 'again/search.json');
    for (const text of ['{', '{"settings":{},"trials":7}', readFileSync(file, 'utf8').replace('finished', 'won')]) {
      writeFileSync(file, text);
      await expect(hyperparameterSearch(options)).rejects.toThrow(CheckpointError);
    }
  });

  test('notes trials that diverge, find no memory or lack a value, and goes on', async () => {
    const rates = [1e-3, 1e30, 2e-3, 3e-3, 4e-3];
    const told: string[] = [];
    const { trials, best } = await hyperparameterSearch(
      plan('failing', {
        strategy: 'grid',
        space: { learningRate: rates },
        trials: undefined as never,
        metric: 'accuracy',
        args: { outputDir: path.join(folder, 'failing'), maxGradNorm: 0 },
        computeMetrics: (prediction) => (current === 3 ? { accuracy: NaN } : accuracy(prediction)),
        modelInit: (params, trial) => {
          current = trial.id;
          if (trial.id === 2) throw new OutOfMemoryError('memory: must suffice, got none');
          return plan('').modelInit(params, trial);
        },
        onTrial: ({ id, status }) => void told.push(`${id} ${status}`),
      }),
    );
    expect(trials.map(({ status }) => status)).toEqual(['finished', 'diverged', 'failed', 'diverged', 'finished']);
    expect(trials[1]!.error).toMatch(/^DataError: Trainer: the .* of step \d is/);
    expect(trials[2]!.error).toBe('OutOfMemoryError: memory: must suffice, got none');
    expect(trials[3]!.error).toBe('the metric is NaN');
    expect([0, 4]).toContain(best!.id);
    expect(told.slice(0, 4)).toEqual(['0 running', '0 finished', '1 running', '1 diverged']);
  });
  let current = 0;

  test('ends with an error that would meet every trial', async () => {
    await expect(hyperparameterSearch(plan('metric', { metric: 'f1' }))).rejects.toThrow(
      /metric must be one of the evaluation's evalLoss, evalAccuracy.*, got f1/,
    );
    await expect(hyperparameterSearch(plan('none', { evalDataset: undefined as never }))).rejects.toThrow(
      /evalDataset/,
    );
    await expect(hyperparameterSearch({ ...plan('typo'), trails: 3 } as never)).rejects.toThrow(
      /did you mean "trials"/,
    );
    const broken = plan('broken', {
      modelInit: () => {
        throw new TypeError('a mistake');
      },
    });
    await expect(hyperparameterSearch(broken)).rejects.toThrow('a mistake');
    await expect(hyperparameterSearch({ ...broken, modelInit: 'x' as never })).rejects.toThrow(/modelInit must be/);
  });

  test('aborted within a trial, goes on from its checkpoint to the same end', async () => {
    const whole = await hyperparameterSearch(plan('whole'));
    const controller = new AbortController();
    const stop = {
      onStepEnd: ({ state }: { state: { globalStep: number } }) => state.globalStep === 3 && controller.abort(),
    };
    const options = plan('stopped', {
      callbacks: ({ id }) => (id === 1 ? [stop as never] : []),
      signal: controller.signal,
    });
    await expect(hyperparameterSearch(options)).rejects.toThrow(AbortError);
    const place = path.join(folder, 'stopped');
    expect(readdirSync(path.join(place, 'trial-001'))).toEqual(['checkpoint-4']);
    const { callbacks: _, signal: __, ...again } = options;
    const begun: number[] = [];
    const steps: number[] = [];
    const count = { onStepEnd: ({ state }: { state: { globalStep: number } }) => void steps.push(state.globalStep) };
    const resumed = await hyperparameterSearch({
      ...again,
      callbacks: ({ id }) => (begun.push(id), id === 1 ? [count as never] : []),
    });
    expect(begun).toEqual([1, 2]);
    expect(steps).toEqual([5, 6]);
    expect(resumed.trials.map(essence)).toEqual(whole.trials.map(essence));
    expect(await savedWeights(resumed.bestModel!)).toEqual(await savedWeights(whole.bestModel!));
    expect(readdirSync(path.join(place, 'trial-001'))).not.toContain('checkpoint-4');
  });
});

describe('halving', () => {
  const change = { strategy: 'halving', trials: 4, reduction: 2, args: { outputDir: '', maxSteps: 8 } } as const;
  const halving = (name: string, more: Partial<SearchOptions> = {}) =>
    plan(name, { ...change, ...more, args: { ...change.args, outputDir: path.join(folder, name) } });

  test('lets the best go on, who end as if they had run alone', async () => {
    const steps: string[] = [];
    const { trials, best, bestModel } = await hyperparameterSearch(
      halving('halving', { onTrial: ({ id, status, step }) => void steps.push(`${id} ${status} ${step}`) }),
    );
    expect(trials.map(({ step }) => step).sort()).toEqual([2, 2, 4, 8]);
    expect(trials.map(({ status }) => status).sort()).toEqual(['finished', 'stopped', 'stopped', 'stopped']);
    expect(best!.rungs).toBe(3);
    expect(steps.filter((told) => told.endsWith('paused 2'))).toHaveLength(4);
    const { learningRate } = best!.params as { learningRate: number };
    const alone = tinyTrainer(path.join(folder, 'halving-alone'), { learningRate, maxSteps: 8 });
    await alone.train();
    const tensors = await savedWeights(bestModel!);
    expect(tensors.flat().sort()).toEqual((await weightsOf(alone)).flat().sort());
    expect(readdirSync(path.join(folder, 'halving')).sort()).toEqual([
      'search.json',
      ...[0, 1, 2, 3].map((id) => `trial-00${id}`),
      'trials.csv',
    ]);
    const left = trials.flatMap(({ id }) => readdirSync(path.join(folder, 'halving', `trial-00${id}`)));
    expect(left).toEqual(['model']);
  });

  test('stopped at any moment, goes on to the same end', async () => {
    const whole = await hyperparameterSearch(halving('halving-whole'));
    for (const moment of [1, 5, 8, 11]) {
      const name = `halving-${moment}`;
      let events = 0;
      const onTrial = () => {
        if (++events === moment) throw new Error('killed');
      };
      await expect(hyperparameterSearch(halving(name, { onTrial }))).rejects.toThrow('killed');
      const resumed = await hyperparameterSearch(halving(name));
      expect(resumed.trials.map(essence)).toEqual(whole.trials.map(essence));
    }
  });
});

test('a trial is judged by the model it leaves: the best, where that is loaded', async () => {
  const accuracies = [0.9, 0.2, 0.1];
  let calls = 0;
  const evaluate = vi.spyOn(Trainer.prototype, 'evaluate');
  const { trials } = await hyperparameterSearch(
    plan('best', {
      trials: 1,
      metric: 'accuracy',
      computeMetrics: () => ({ accuracy: accuracies[calls++]! }),
      args: {
        outputDir: path.join(folder, 'best'),
        evalStrategy: 'steps',
        saveStrategy: 'steps',
        evalSteps: 2,
        saveSteps: 2,
        loadBestModelAtEnd: true,
        metricForBestModel: 'accuracy',
      },
    }),
  );
  expect(trials[0]!.objective).toBe(0.9);
  expect(evaluate).toHaveBeenCalledTimes(3);
});
