import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ComputeLoss, crossEntropy, memory, mul, type PreTrainedModel, sync, tensor } from '../../../lib/index.js';
import { collectGarbage } from '../../collect_garbage.js';
import { modelDevices } from '../../cuda.js';
import { tinyTrainer, weightsOf } from '../tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-precision-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The model's own loss, times a factor at some calls in training. */
function spoiltAt(calls: readonly number[], factor: number): ComputeLoss {
  let call = 0;
  return ({ logits }, { labels }) => {
    const loss = crossEntropy(logits!, tensor(Int32Array.from(labels as Int32Array), { device: logits!.device }));
    return calls.includes(++call) ? mul(loss, factor) : loss;
  };
}

interface SavedScale {
  last_epoch: number;
  last_lr: number;
  loss_scale: { scale: number; growth: number; taken: number };
}

const scheduler = (place: string, step: number) =>
  JSON.parse(readFileSync(path.join(place, `checkpoint-${step}`, 'scheduler.json'), 'utf8')) as SavedScale;

describe.each(modelDevices)('training on %s', (device) => {
  const steps = device === 'cpu' ? 12 : 3;

  test.each(['bf16', 'fp16'] as const)('in %s follows the losses of f32 and leaves f32 weights', async (precision) => {
    const losses = async (init: object) => {
      const run = tinyTrainer(path.join(folder, `${precision}-${device}`), { maxSteps: steps, ...init }, { device });
      const { model } = run as unknown as { model: PreTrainedModel };
      model.seedDropout(1);
      await sync(device);
      collectGarbage();
      const before = memory(device).liveTensors;
      await run.train();
      expect(model.dtype).toBe('f32');
      expect(memory(device).liveTensors).toBeLessThanOrEqual(before);
      const evaluated = (await run.evaluate())['evalLoss']!;
      return [...run.state.logHistory.flatMap((entry) => entry['loss'] ?? []), evaluated];
    };
    const wide = await losses({});
    const half = await losses({ [precision]: true });
    expect(half).not.toEqual(wide);
    half.forEach((loss, i) => expect(Math.abs(loss - wide[i]!)).toBeLessThan(0.05));
  });

  test('in fp16 skips a step whose gradients overflow, halves the scale and keeps the rate for the next', async () => {
    const place = path.join(folder, `overflow-${device}`);
    const init = { fp16: true, maxSteps: 4, saveStrategy: 'steps', saveSteps: 1 } as const;
    const run = tinyTrainer(place, init, { device, computeLoss: spoiltAt([2], 1e8) });
    await run.train();
    expect([1, 2, 3, 4].map((step) => scheduler(place, step).loss_scale)).toEqual([
      { scale: 65536, growth: 1, taken: 1 },
      { scale: 32768, growth: 0, taken: 1 },
      { scale: 32768, growth: 1, taken: 2 },
      { scale: 32768, growth: 2, taken: 3 },
    ]);
    const lines = run.state.logHistory.slice(0, 4);
    expect(lines.map((line) => 'gradNorm' in line)).toEqual([true, false, true, true]);
    const rates = lines.map((line) => line['learningRate']!);
    expect(rates[2]).toBe(rates[1]);
    expect(rates[3]).toBeLessThan(rates[2]!);
    const [one, two] = [1, 2].map((step) => readFileSync(path.join(place, `checkpoint-${step}`, 'model.safetensors')));
    expect(two!.equals(one!)).toBe(true);
  });
});

describe('training in fp16', () => {
  test('goes on after an overflow from a checkpoint as without one', async () => {
    const place = path.join(folder, 'resumed');
    const init = { fp16: true, maxSteps: 6, saveStrategy: 'steps', saveSteps: 3 } as const;
    const whole = tinyTrainer(place, init, { computeLoss: spoiltAt([2], 1e8) });
    await whole.train();
    const resumed = tinyTrainer(place, init, { computeLoss: spoiltAt([], 1) });
    await resumed.train({ resumeFromCheckpoint: path.join(place, 'checkpoint-3') });
    expect(await weightsOf(resumed)).toEqual(await weightsOf(whole));
    expect(scheduler(place, 6).loss_scale.taken).toBe(5);
  });

  test('ends with the step when no scale makes the loss finite', async () => {
    const all = Array.from({ length: 100 }, (_, i) => i + 1);
    const run = tinyTrainer(
      path.join(folder, 'hopeless'),
      { fp16: true, maxSteps: 60 },
      { computeLoss: spoiltAt(all, Infinity) },
    );
    const before = await weightsOf(run);
    await expect(run.train()).rejects.toThrow(/^Trainer: at step 37 the loss is not finite however small its scale/);
    expect(await weightsOf(run)).toEqual(before);
  });
});
