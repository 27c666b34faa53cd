import { describe, expect, it } from 'vitest';
import {
  AutoModelForSequenceClassification,
  BertConfig,
  configure,
  memory,
  noGrad,
  ready,
  releaseCache,
  sync,
} from '../../lib/index.js';
import { collectGarbage } from '../collect_garbage.js';

const config = new BertConfig({
  vocabSize: 20,
  hiddenSize: 8,
  numHiddenLayers: 1,
  numAttentionHeads: 2,
  intermediateSize: 12,
  maxPositionEmbeddings: 8,
});
const inputs = {
  inputIds: [
    [2, 7, 9, 3],
    [2, 5, 3],
  ],
  attentionMask: [
    [1, 1, 1, 1],
    [1, 1, 0],
  ],
};

/** What `memory()` says once the queue is empty. */
async function settled(): Promise<{ liveTensors: number; liveBytes: number }> {
  await sync('cpu');
  const { liveTensors, liveBytes } = memory('cpu');
  return { liveTensors, liveBytes };
}

/** Resident bytes of the process, without JavaScript's garbage and the engine's cache. */
async function resident(): Promise<number> {
  collectGarbage();
  releaseCache('cpu');
  await sync('cpu');
  return process.memoryUsage.rss();
}

/**
 * By how much the process grew in the calmest of up to four runs of `work`: what leaks, leaks each time, while
 * JavaScript's heap grows in steps of its own.
 */
async function leastGrowth(work: () => Promise<void>): Promise<number> {
  let least = Infinity;
  for (let run = 0; run < 4 && least >= 5e6; run++) {
    const before = await resident();
    await work();
    await settled();
    least = Math.min(least, (await resident()) - before);
  }
  return least;
}

describe('10,000 forwards of a tiny model leave no memory behind', () => {
  it('awaited one by one', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(config, { device: 'cpu' });
    const call = async () => {
      const output = noGrad(() => model.forward(inputs));
      await output.logits.data();
      output.dispose();
    };
    for (let i = 0; i < 1000; i++) await call();
    const before = await settled();
    const growth = await leastGrowth(async () => {
      for (let i = 0; i < 10_000; i++) await call();
    });
    expect(await settled()).toEqual(before);
    expect(growth).toBeLessThan(5e6);
  });

  it('in a loop that never yields', async () => {
    configure({ maxQueuedOps: 1_000_000, maxQueuedBytes: 2 ** 40 });
    using model = AutoModelForSequenceClassification.fromConfig(config, { device: 'cpu' });
    const loop = (count: number) => {
      for (let i = 0; i < count; i++) noGrad(() => model.forward(inputs)).dispose();
    };
    loop(1000);
    const before = await settled();
    const growth = await leastGrowth(async () => {
      loop(10_000);
      expect(memory('cpu').liveTensors).toBe(before.liveTensors);
    });
    expect(await settled()).toEqual(before);
    expect(growth).toBeLessThan(5e6);
    configure({ maxQueuedOps: 16_384, maxQueuedBytes: 4 * 2 ** 30 });
  });

  it('with gradients and a backward pass each', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(config, { device: 'cpu' }).train();
    const step = async () => {
      const output = model.forward({ ...inputs, labels: [0, 1] });
      output.loss.backward();
      output.dispose();
      model.zeroGrad();
      await ready('cpu');
    };
    for (let i = 0; i < 20; i++) await step();
    const before = await settled();
    for (let i = 0; i < 1000; i++) await step();
    expect(await settled()).toEqual(before);
  });

  it('when an output is dropped before its backward pass', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(config, { device: 'cpu' });
    const before = await settled();
    for (let i = 0; i < 100; i++) model.forward({ ...inputs, labels: [0, 1] }).dispose();
    expect(await settled()).toEqual(before);
  });
});
