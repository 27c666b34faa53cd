import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import {
  AutoModelForSequenceClassification,
  BertConfig,
  DisposedError,
  fromShared,
  memory,
  noGrad,
  sync,
} from '../../lib/index.js';

const library = join(import.meta.dirname, '../../dist/lib/index.js');
const config = new BertConfig({
  vocabSize: 3000,
  hiddenSize: 64,
  numHiddenLayers: 2,
  numAttentionHeads: 4,
  intermediateSize: 128,
});
const inputIds = [
  [2, 7, 9, 3],
  [2, 5, 3],
];

interface Answer {
  values: number[];
  added: number;
}

function open(shared: object, disposes: boolean): { worker: Worker; answer: Promise<Answer>; end(): Promise<number> } {
  const workerData = { library: pathToFileURL(library).href, shared, inputIds, disposes };
  const worker = new Worker(join(import.meta.dirname, 'share_worker.mjs'), { workerData });
  const answer = new Promise<Answer>((resolve, reject) => worker.once('message', resolve).once('error', reject));
  const exit = new Promise<number>((resolve) => worker.once('exit', resolve));
  const end = () => {
    worker.postMessage('end');
    return exit;
  };
  return { worker, answer, end };
}

describe('a shared model', () => {
  it('opens in the same thread on the same memory, without gradients', async () => {
    using model = AutoModelForSequenceClassification.fromConfig(config, { seed: 1 });
    await sync('cpu');
    const { liveBytes } = memory('cpu');
    const twin = fromShared(structuredClone(model.share()));
    await sync('cpu');
    expect(memory('cpu').liveBytes - liveBytes).toBeLessThan(1000);
    expect(twin.namedParameters().map(([name]) => name)).toEqual(model.namedParameters().map(([name]) => name));
    expect(twin.parameters().some(({ requiresGrad }) => requiresGrad)).toBe(false);
    const [a, b] = [model.forward({ inputIds }), (twin as typeof model).forward({ inputIds })];
    expect(await b.logits.toArray()).toEqual(await a.logits.toArray());
    twin.dispose();
    expect(await model.forward({ inputIds }).logits.toArray()).toEqual(await a.logits.toArray());
  });

  it('can no longer be opened once it is unshared or disposed', () => {
    using model = AutoModelForSequenceClassification.fromConfig(config);
    const first = model.share();
    expect(model.share()).toBe(first);
    model.unshare();
    expect(() => fromShared(first)).toThrow(DisposedError);
    const second = model.share();
    model.dispose();
    expect(() => fromShared(second)).toThrow(DisposedError);
  });

  it.runIf(existsSync(library))(
    'serves 8 worker threads from one copy, with the same bits, in any order of ending',
    async () => {
      const model = AutoModelForSequenceClassification.fromConfig(config, { seed: 1 });
      const weights = model.parameters().reduce((sum, { byteLength }) => sum + byteLength, 0);
      const output = noGrad(() => model.forward({ inputIds }));
      const expected = [...(await output.logits.data())];
      const { liveBytes } = memory('cpu');
      const opened = Array.from({ length: 8 }, (_, i) => open(model.share(), i % 2 === 0));
      for (const { values } of await Promise.all(opened.map(({ answer }) => answer))) expect(values).toEqual(expected);
      await sync('cpu');
      expect(memory('cpu').liveBytes - liveBytes).toBeLessThan(0.1 * weights);
      expect(await opened[7]!.end()).toBe(0);
      expect(await opened[0]!.end()).toBe(0);
      output.dispose();
      model.dispose();
      for (const { end } of opened.slice(1, 7)) expect(await end()).toBe(0);
      await sync('cpu');
      expect(memory('cpu').liveBytes).toBeLessThan(liveBytes - 0.9 * weights);
    },
  );
});
