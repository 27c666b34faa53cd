import { stat } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Dataset, IterableDataset } from '../../../lib/data/index.js';
import { AbortError, ConfigError, DataError } from '../../../lib/util/errors.js';
import { streamOf, testFiles } from '../readers/files.js';

const file = testFiles();
const numbers = (count: number): IterableDataset<{ id: number }> =>
  IterableDataset.from(Array.from({ length: count }, (_, id) => ({ id })));
const idsOf = async (rows: AsyncIterable<{ id: number }>): Promise<number[]> => {
  const ids: number[] = [];
  for await (const { id } of rows) ids.push(id);
  return ids;
};

describe('IterableDataset', () => {
  it('maps, filters, skips and takes, sync and async, again on every loop', async () => {
    const rows = numbers(10)
      .map(async ({ id }, index) => ({ id: id * 2, index: await Promise.resolve(index) }), { removeColumns: 'id' })
      .filter(async ({ index }) => (await Promise.resolve(index)) !== 3)
      .skip(2)
      .take(3);
    expect(await idsOf(rows)).toEqual([4, 8, 10]);
    expect(await idsOf(rows)).toEqual([4, 8, 10]);
    expect(await idsOf(numbers(3).take(0))).toEqual([]);
    expect(await idsOf(numbers(3).skip(5))).toEqual([]);
    expect((await numbers(3).toDataset()).column('id')).toEqual([0, 1, 2]);
    const removed = numbers(1).map(() => ({ x: 1 }), { removeColumns: ['id'] });
    expect((await removed.toDataset()).toArray()).toEqual([{ x: 1 }]);
  });

  it('batches, with and without the short last one', async () => {
    const sizes = async (options: object): Promise<number[]> => {
      const found: number[] = [];
      for await (const batch of numbers(7).batch(3, options)) found.push(batch.length);
      return found;
    };
    expect(await sizes({})).toEqual([3, 3, 1]);
    expect(await sizes({ dropLast: true })).toEqual([3, 3]);
  });

  it('shuffles within a buffer: every row once, the same for a seed, none too far ahead', async () => {
    const order = await idsOf(numbers(5000).shuffle({ seed: 3, bufferSize: 100 }));
    expect(order.toSorted((a, b) => a - b)).toEqual(await idsOf(numbers(5000)));
    expect(await idsOf(numbers(5000).shuffle({ seed: 3, bufferSize: 100 }))).toEqual(order);
    expect(await idsOf(numbers(5000).shuffle({ seed: 4, bufferSize: 100 }))).not.toEqual(order);
    order.forEach((id, place) => expect(id - place).toBeLessThanOrEqual(100));
    expect(order.slice(0, 50)).not.toEqual(order.slice(0, 50).toSorted((a, b) => a - b));
  });

  it('names the line where a streamed file breaks, after the rows before it', async () => {
    const path = await file('.jsonl', `${'{"id":1}\n'.repeat(700)}{"id":\n`);
    let count = 0;
    const reading = (async () => {
      for await (const _ of IterableDataset.load(path)) count += 1;
    })();
    await expect(reading).rejects.toThrow(`${path}:701: a line must be valid JSON`);
    expect(await idsOf(IterableDataset.load<{ id: number }>(path).take(5))).toEqual([1, 1, 1, 1, 1]);
    const stream = IterableDataset.load(streamOf('{"id":1}\nnull\n'));
    await expect(stream.toDataset()).rejects.toThrow('the stream:2: a line must hold a JSON object, got null');
  });

  it('refuses what cannot be looped over, rows that are none, bad counts and a fired signal', async () => {
    expect(() => IterableDataset.from(7 as never)).toThrow(ConfigError);
    await expect(IterableDataset.from([1 as never]).toDataset()).rejects.toThrow(DataError);
    expect(() => numbers(1).take(-1)).toThrow(ConfigError);
    expect(() => numbers(1).shuffle({ bufferSize: 0 })).toThrow(ConfigError);
    expect(() => numbers(1).shuffle({ seed: -1 })).toThrow(ConfigError);
    await expect(numbers(1).batch(0).next()).rejects.toThrow(ConfigError);
    await expect(
      numbers(1)
        .map(() => 3 as never)
        .toDataset(),
    ).rejects.toThrow(DataError);
    const signal = AbortSignal.abort();
    await expect(
      numbers(1)
        .map((row) => row, { signal })
        .toDataset(),
    ).rejects.toThrow(AbortError);
    await expect(IterableDataset.load(await file('.csv', 'a\n1\n'), { signal }).toDataset()).rejects.toThrow(
      AbortError,
    );
  });

  it('reads a file of 60 MB with little memory', async () => {
    const path = await file('.jsonl');
    const out = createWriteStream(path);
    const lines = `${JSON.stringify({ id: 1, text: 'x'.repeat(980) })}\n`.repeat(1000);
    for (let i = 0; i < 60; i++) if (!out.write(lines)) await once(out, 'drain');
    await new Promise<void>((resolve) => out.end(resolve));
    expect((await stat(path)).size).toBeGreaterThan(58e6);
    const before = process.memoryUsage();
    let most = 0;
    let count = 0;
    for await (const _ of IterableDataset.load(path).shuffle({ bufferSize: 100 })) {
      if (++count % 5000 !== 0) continue;
      const { heapUsed, external } = process.memoryUsage();
      most = Math.max(most, heapUsed + external - before.heapUsed - before.external);
    }
    expect(count).toBe(60_000);
    expect(most).toBeLessThan(40e6);
  });
});

describe('Dataset and IterableDataset', () => {
  it('turn into one another', async () => {
    const rows = Dataset.fromArray([{ id: 1 }, { id: 2 }]);
    expect((await IterableDataset.from(rows).toDataset()).toArray()).toEqual(rows.toArray());
  });
});
