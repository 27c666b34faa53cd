import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError, DataError, IterableDataset, SequentialSampler, type TokenizedRow } from '../../lib/index.js';
import { tinyRows, tinyTrainer, weightsOf } from './tiny.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-streamed-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const stream = IterableDataset.from(tinyRows.toArray());
const streamed = { trainDataset: stream, evalDataset: stream };
const indexed = { sampler: new SequentialSampler(tinyRows.length) };

describe('a streamed data set', () => {
  test.each([
    ['one batch a step', {}],
    ['several batches a step', { gradientAccumulationSteps: 4 }],
    ['a token budget', { maxTokensPerBatch: 20 }],
  ])('trains like its rows in order, pass after pass, with %s', async (name, init) => {
    const settings = { maxSteps: 9, evalStrategy: 'steps', evalSteps: 5, ...init } as const;
    const runs = [streamed, indexed].map((data) => tinyTrainer(path.join(folder, name), settings, data));
    for (const run of runs) await run.train();
    expect(await weightsOf(runs[0]!)).toEqual(await weightsOf(runs[1]!));
    const pick = (name: string) => runs.map(({ state }) => state.logHistory.flatMap((line) => line[name] ?? []));
    for (const name of ['loss', 'evalLoss', 'evalAccuracy']) expect(pick(name)[0]).toEqual(pick(name)[1]);
    expect(runs[0]!.state.epoch).toBeGreaterThan(1);
  });

  test('goes on within a pass', async () => {
    const place = path.join(folder, 'resumed');
    const init = { maxSteps: 10, saveStrategy: 'steps', saveSteps: 4 } as const;
    const whole = tinyTrainer(place, init, streamed);
    await whole.train();
    for (const step of [4, 8]) {
      const resumed = tinyTrainer(place, init, streamed);
      await resumed.train({ resumeFromCheckpoint: path.join(place, `checkpoint-${step}`) });
      expect(await weightsOf(resumed)).toEqual(await weightsOf(whole));
    }
  });

  test('is evaluated and predicted row by row', async () => {
    const run = tinyTrainer(folder, {}, streamed);
    const { predictions, samples, steps } = await run.predict(stream);
    expect([predictions.length, samples, steps]).toEqual([22, 22, 3]);
    expect(predictions).toEqual((await run.predict(tinyRows)).predictions);
  });

  test('needs a number of steps, and has an order of its own', async () => {
    const refused = (init: object, options: object = {}) =>
      tinyTrainer(folder, init, { ...streamed, ...options }).train();
    await expect(refused({})).rejects.toThrow(ConfigError);
    await expect(refused({})).rejects.toThrow('a streamed trainDataset needs maxSteps');
    await expect(refused({ maxSteps: 3, groupByLength: true })).rejects.toThrow(/has an order of its own/);
    await expect(refused({ maxSteps: 3 }, indexed)).rejects.toThrow(/has an order of its own/);
    await expect(refused({ maxSteps: 3, maxTokensPerBatch: 5 })).rejects.toThrow(/at most maxTokensPerBatch 5 tokens/);
    const empty = IterableDataset.from<TokenizedRow>([]);
    await expect(refused({ maxSteps: 3 }, { trainDataset: empty })).rejects.toThrow(DataError);
  });
});
