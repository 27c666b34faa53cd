import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { getPeftModel, type PreTrainedModel, Trainer, type TrainingArgumentsInit } from '../../lib/index.js';
import { cudaDevice } from '../cuda.js';
import { tinyTrainer, weightsOf } from './tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-lora-train-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A Trainer of an adapter with dropout of its own; the model below is the same each time. */
function loraTrainer(place: string, init: Partial<TrainingArgumentsInit>, device = 'cpu'): Trainer {
  const trainer = tinyTrainer(path.join(folder, place), { saveStrategy: 'steps', saveSteps: 4, ...init }, { device });
  const lora = { r: 4, loraAlpha: 8, loraDropout: 0.2, targetModules: ['query', 'value', 'dense'] };
  getPeftModel(trainer.model as PreTrainedModel, lora, { seed: 2 });
  return trainer;
}

describe('an adapter', () => {
  test.each<[string, Partial<TrainingArgumentsInit>]>([
    ['plainly', {}],
    ['in bf16', { bf16: true }],
    ['in fp16', { fp16: true }],
    ['with its steps recorded', { compile: { buckets: [{ batch: 4, tokens: 32, maxLength: 12 }] } }],
    ['with activation checkpointing', { gradientCheckpointing: true }],
    ['with Adafactor over accumulated batches', { optim: 'adafactor', gradientAccumulationSteps: 2, saveSteps: 2 }],
  ])('is trained %s, and goes on from a checkpoint bit for bit', async (name, init) => {
    const place = name.replace(/\W/g, '');
    const whole = loraTrainer(place, init);
    const before = await weightsOf(whole);
    await whole.train();
    const expected = await weightsOf(whole);
    const changed = [...whole.model.namedParameters()].flatMap(([each], i) =>
      String(before[i]) === String(expected[i]) ? [] : [each],
    );
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.filter((each) => !/\.lora_[AB]\.weight$|^classifier\./.test(each))).toEqual([]);
    const checkpoints = readdirSync(path.join(folder, place)).filter((each) => each.startsWith('checkpoint-'));
    expect(checkpoints.length).toBeGreaterThan(1);
    const kept = readdirSync(path.join(folder, place, checkpoints[0]!));
    expect(kept).toEqual(
      expect.arrayContaining(['adapter_config.json', 'adapter_model.safetensors', 'optimizer.safetensors']),
    );
    expect(kept).not.toContain('model.safetensors');
    const resumed = loraTrainer(place, init);
    await resumed.train({ resumeFromCheckpoint: path.join(folder, place, checkpoints[0]!) });
    expect(await weightsOf(resumed)).toEqual(expected);
    expect(resumed.state.logHistory.map(({ loss }) => loss)).toEqual(whole.state.logHistory.map(({ loss }) => loss));
  });

  test('learns, and its best checkpoint is loaded at the end', async () => {
    const trainer = loraTrainer('best', {
      numTrainEpochs: 6,
      learningRate: 2e-2,
      saveStrategy: 'epoch',
      evalStrategy: 'epoch',
      loadBestModelAtEnd: true,
      metricForBestModel: 'accuracy',
    });
    await trainer.train();
    const { evalAccuracy } = await trainer.evaluate();
    expect(evalAccuracy).toBe(trainer.state.bestMetric);
    expect(evalAccuracy).toBeGreaterThan(0.9);
  });

  test.runIf(cudaDevice)('is trained on cuda as on the CPU, dropout and all', async () => {
    const [here, there] = ['cpu', cudaDevice!].map((device) => loraTrainer(`on-${device}`, { maxSteps: 3 }, device));
    await here!.train();
    await there!.train();
    const [expected, actual] = [await weightsOf(here!), await weightsOf(there!)];
    const far = actual.flatMap((row, i) => row.map((value, j) => Math.abs(value - expected[i]![j]!)));
    expect(Math.max(...far)).toBeLessThan(1e-4);
  });
});
