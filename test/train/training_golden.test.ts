import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../lib/tensor/index.js';
import { AdamW, clipGradNorm } from '../../lib/optim/index.js';
import { learningRateAt } from '../../lib/train/arguments/lr_schedule.js';
import { TrainingArguments } from '../../lib/train/arguments/training_arguments.js';
import { TrainedParameters } from '../../lib/train/step/parameters.js';
import { modelDevices } from '../cuda.js';
import { expectClose, expectTensor } from '../golden/compare.js';
import { loadTrainingGolden } from '../golden/load.js';
import { goldenModel } from '../models/golden_model.js';

// Twenty AdamW steps with warm-up, decay and clipping, from the same weights and batches as PyTorch. Python's own f32 run
// stays within 1e-6 of these f64 values.
const places = modelDevices.flatMap((device) =>
  ['bert_training', 'distilbert_training'].map((name) => ({ device, name })),
);

describe.each(places)('$name on $device', ({ device, name }) => {
  const golden = loadTrainingGolden(name);
  const { optimizer: settings } = golden;
  const args = new TrainingArguments({
    outputDir: 'unused',
    learningRate: settings.learningRate,
    warmupSteps: settings.warmupSteps,
  });

  test('follows the loss curve, the gradient norms and the learning rates of PyTorch to 1e-3', async () => {
    const model = goldenModel(golden.class, golden, { device });
    model.train();
    const { learningRate, weightDecay } = settings;
    const parameters = new TrainedParameters(model, { learningRate, weightDecay });
    const optimizer = new AdamW(parameters.groups, {
      betas: settings.betas,
      eps: settings.epsilon,
    });
    const losses: number[] = [];
    const norms: number[] = [];
    const rates: number[] = [];
    for (let step = 0; step < settings.totalSteps; step++) {
      const loss = model.forward(golden.batches[step % golden.batches.length]!).loss as Tensor;
      loss.backward();
      norms.push(await clipGradNorm(optimizer.gradientTensors(), settings.maxGradNorm).item());
      optimizer.lr = learningRateAt(args, step, settings.totalSteps);
      rates.push(optimizer.lr);
      optimizer.step();
      optimizer.zeroGrad();
      losses.push(await loss.item());
    }
    expectClose(rates, golden.learningRates, { absolute: 1e-12, relative: 1e-6 });
    expectClose(losses, golden.losses, { absolute: 0, relative: 1e-3 });
    expectClose(norms, golden.gradientNorms, { absolute: 0, relative: 1e-3 });
    for (const [key, value] of model.stateDict()) {
      const expected = golden.finalParameters[key];
      if (expected === undefined) continue;
      expectTensor({ shape: value.shape, values: Float64Array.from(await value.data(), Number) }, expected, {
        absolute: 2e-3,
        relative: 2e-3,
        what: key,
      });
    }
    optimizer.dispose();
    parameters.dispose();
    model.dispose();
  });

  test('decays the parameters that Python decays', () => {
    const model = goldenModel(golden.class, golden, { device });
    const { groups, names: all } = new TrainedParameters(model, { learningRate: 1, weightDecay: 0.01 });
    const decayed = groups.flatMap(({ params, weightDecay }) => params.map(() => weightDecay !== 0));
    const names = all.filter((_, i) => !decayed[i]);
    expect(names.sort()).toEqual([...golden.withoutDecay].sort());
    model.dispose();
  });
});
