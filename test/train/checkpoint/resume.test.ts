import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CheckpointError,
  ConfigError,
  type LogEntry,
  type Trainer,
  type TrainerCallback,
  type TrainerOptions,
  type TrainingArgumentsInit,
} from '../../../lib/index.js';
import { modelDevices } from '../../cuda.js';
import { tinyTrainer, weightsOf } from '../tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-resume-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const FILES = [
  'config.json',
  'model.safetensors',
  'optimizer.safetensors',
  'rng_state.json',
  'scheduler.json',
  'trainer_state.json',
  'training_args.json',
];

/** The log without what the clock decides. */
function lines({ state }: Trainer): Partial<LogEntry>[] {
  return state.logHistory.map((entry) =>
    Object.fromEntries(Object.entries(entry).filter(([name]) => !/runtime|persecond/i.test(name))),
  );
}

type Setting = [name: string, init: Partial<TrainingArgumentsInit>, options?: Partial<TrainerOptions>];

const SETTINGS: Setting[] = [
  ['AdamW and a log of every five steps', { loggingSteps: 5, evalStrategy: 'epoch' }],
  ['SGD over accumulated batches', { optim: 'sgd', gradientAccumulationSteps: 2, saveSteps: 2 }],
  ['Adafactor by layers', { optim: 'adafactor', layerwiseLrDecay: 0.8 }],
  ['a token budget', { maxTokensPerBatch: 14, groupByLength: true }],
  ['bf16', { bf16: true, evalStrategy: 'steps', evalSteps: 4 }],
  ['fp16', { fp16: true, loggingSteps: 2 }],
  ['early stopping', { evalStrategy: 'steps', evalSteps: 2, earlyStoppingPatience: 3, greaterIsBetter: true }],
];

describe('a resumed run', () => {
  test.each(SETTINGS)('ends like one that was never interrupted, with %s', async (name, init, options) => {
    const all: Partial<TrainingArgumentsInit> = { saveStrategy: 'steps', saveSteps: 4, ...init };
    const place = path.join(folder, name.replace(/\W/g, ''));
    const whole = tinyTrainer(place, all, options);
    await whole.train();
    const expected = await weightsOf(whole);
    const checkpoints = readdirSync(place).filter((each) => each.startsWith('checkpoint-'));
    expect(checkpoints.length).toBeGreaterThan(1);
    for (const checkpoint of checkpoints.slice(-2)) {
      const resumed = tinyTrainer(place, all, options);
      await resumed.train({ resumeFromCheckpoint: path.join(place, checkpoint) });
      expect([checkpoint, await weightsOf(resumed)]).toEqual([checkpoint, expected]);
      expect(lines(resumed)).toEqual(lines(whole));
      expect(resumed.state.bestGlobalStep).toBe(whole.state.bestGlobalStep);
    }
  });

  test('goes on from the last checkpoint, or from where it was stopped within an epoch', async () => {
    const place = path.join(folder, 'stopped');
    const stop: TrainerCallback = {
      onStepEnd({ state, control }) {
        if (state.globalStep === 4) control.shouldSave = control.shouldTrainingStop = true;
      },
    };
    const init = { saveStrategy: 'epoch' } as const;
    await tinyTrainer(place, init, { callbacks: [stop] }).train();
    const resumed = tinyTrainer(place, { ...init, resumeFromCheckpoint: true });
    const { globalStep } = await resumed.train();
    expect(globalStep).toBe(12);
    const whole = tinyTrainer(path.join(folder, 'stopped-not'), init);
    await whole.train();
    expect(await weightsOf(resumed)).toEqual(await weightsOf(whole));
  });

  test.each(modelDevices)('goes on from a checkpoint of another device, on %s', async (device) => {
    const place = path.join(folder, `device-${device}`);
    const init = { saveStrategy: 'steps', saveSteps: 2, maxSteps: 4 } as const;
    const other = modelDevices.find((each) => each !== device) ?? 'cpu';
    const first = tinyTrainer(place, init, { device: other });
    await first.train();
    const resumed = tinyTrainer(place, init, { device });
    await resumed.train({ resumeFromCheckpoint: path.join(place, 'checkpoint-2') });
    const [expected, actual] = [await weightsOf(first), await weightsOf(resumed)];
    const far = actual.flatMap((row, i) => row.map((value, j) => Math.abs(value - expected[i]![j]!)));
    expect(Math.max(...far)).toBeLessThan(1e-4);
  });
});

describe('a checkpoint', () => {
  let whole: string;
  beforeAll(async () => {
    whole = path.join(folder, 'whole');
    await tinyTrainer(whole, { saveStrategy: 'epoch' }).train();
  });
  const copy = (name: string) => {
    const place = path.join(folder, name);
    cpSync(path.join(whole, 'checkpoint-6'), place, { recursive: true });
    return place;
  };
  const resume = (from: string | boolean, init = {}, config = {}) =>
    tinyTrainer(path.join(folder, 'refused'), init, { config }).train({ resumeFromCheckpoint: from });

  test('holds every file, in the spelling of Python', () => {
    const place = path.join(whole, 'checkpoint-6');
    expect(readdirSync(place).sort()).toEqual(FILES);
    const state = JSON.parse(readFileSync(path.join(place, 'trainer_state.json'), 'utf8'));
    expect(state).toMatchObject({ global_step: 6, max_steps: 12, epoch: 1, num_train_epochs: 2, trial_name: null });
    expect(JSON.parse(readFileSync(path.join(place, 'rng_state.json'), 'utf8'))).toMatchObject({
      data_seed: 42,
      dropout: { seed: 42 },
      position: { epoch: 0, step: 6, epoch_ended: true },
    });
    const scheduler = JSON.parse(readFileSync(path.join(place, 'scheduler.json'), 'utf8'));
    expect(scheduler).toEqual({ last_epoch: 6, last_lr: 2.5e-3, loss_scale: null });
  });

  test('of another model is refused, and nothing is taken of it', async () => {
    const place = path.join(whole, 'checkpoint-6');
    const run = tinyTrainer(path.join(folder, 'other'), {}, { config: { hiddenSize: 8 } });
    const before = await weightsOf(run);
    await expect(run.train({ resumeFromCheckpoint: place })).rejects.toThrow(CheckpointError);
    expect(await weightsOf(run)).toEqual(before);
    await expect(resume(place, {}, { numHiddenLayers: 1 })).rejects.toThrow(
      /optimizer's state must be of this model and optimizer, got a difference at bert\.encoder\.layer\.1/,
    );
    await expect(resume(place, { optim: 'adafactor' })).rejects.toThrow(/this model and optimizer, got a difference/);
    const swapped = copy('swapped');
    const small = path.join(folder, 'small');
    await tinyTrainer(small, {}, { config: { vocabSize: 30 } }).saveModel();
    cpSync(path.join(small, 'model.safetensors'), path.join(swapped, 'model.safetensors'));
    await expect(resume(swapped)).rejects.toThrow(/the checkpoint must be of this model, got another in .*swapped/);
    expect(existsSync(path.join(folder, 'refused'))).toBe(false);
  });

  test.each([
    ['trainer_state.json', '{', /the file must be JSON/],
    ['trainer_state.json', '{"global_step": "six"}', /globalStep in .* is not what a Trainer writes/],
    ['trainer_state.json', '[]', /is not what a Trainer writes/],
    ['rng_state.json', '{"data_seed": -1}', /rng_state\.json: .* got/],
    ['scheduler.json', '{"last_epoch": 6, "last_lr": "x"}', /lastLr must be a number/],
    ['optimizer.safetensors', 'short', /optimizer\.safetensors/],
  ])('whose %s is %o is refused', async (file, text, message) => {
    const place = copy(`bad-${file}-${text.length}`);
    writeFileSync(path.join(place, file), text);
    await expect(resume(place)).rejects.toThrow(message);
    await expect(resume(place)).rejects.toThrow(CheckpointError);
  });

  test('that is not there is refused', async () => {
    await expect(resume(true)).rejects.toThrow(ConfigError);
    await expect(resume(path.join(folder, 'nowhere'))).rejects.toThrow(/must be the folder of a checkpoint/);
    const place = copy('without');
    rmSync(path.join(place, 'optimizer.safetensors'));
    await expect(resume(place)).rejects.toThrow(/must hold optimizer\.safetensors or optimizer\.pt to resume from/);
  });
});
