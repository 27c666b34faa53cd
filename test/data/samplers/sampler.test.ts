import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import { BatchSampler } from '../../../lib/data/samplers/batch_sampler.js';
import { RandomSampler, SequentialSampler } from '../../../lib/data/samplers/sampler.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

const ascending = (length: number): number[] => Array.from({ length }, (_, i) => i);

describe('SequentialSampler', () => {
  it('visits rows in their order, in every epoch', () => {
    const sampler = new SequentialSampler(4);
    expect([...sampler.indices()]).toEqual([0, 1, 2, 3]);
    expect([...new SequentialSampler(0).indices()]).toEqual([]);
    expect(() => new SequentialSampler(-1)).toThrow(ConfigError);
  });
});

describe('RandomSampler', () => {
  it('visits every row once, in the same order for the same seed and epoch', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(), fc.nat(50), (length, seed, epoch) => {
        const order = [...new RandomSampler(length, { seed }).indices(epoch)];
        expect(order.toSorted((a, b) => a - b)).toEqual(ascending(length));
        expect([...new RandomSampler(length, { seed }).indices(epoch)]).toEqual(order);
      }),
    );
  });

  it('draws a new order each epoch: that of seed + epoch', () => {
    const sampler = new RandomSampler(50, { seed: 7 });
    expect([...sampler.indices(1)]).not.toEqual([...sampler.indices(0)]);
    expect([...sampler.indices(1)]).toEqual([...new RandomSampler(50, { seed: 8 }).indices(0)]);
  });

  it('starts an epoch over ten million rows within half a second', () => {
    const start = performance.now();
    for (const _ of new RandomSampler(10_000_000).indices(0)) break;
    expect(performance.now() - start).toBeLessThan(500);
  });

  it('refuses a bad length, seed and epoch', () => {
    expect(() => new RandomSampler(1.5)).toThrow(ConfigError);
    expect(() => new RandomSampler(1, { seed: -1 })).toThrow(ConfigError);
    expect(() => [...new RandomSampler(1).indices(-1)]).toThrow(ConfigError);
  });
});

describe('BatchSampler', () => {
  const batchesOf = (length: number, options: object): number[][] => [
    ...new BatchSampler({ sampler: new SequentialSampler(length), batchSize: 3, ...options }).batches(0),
  ];

  it('cuts the order into batches and keeps or drops a short last one', () => {
    expect(batchesOf(7, {})).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(batchesOf(7, { dropLast: true })).toEqual([
      [0, 1, 2],
      [3, 4, 5],
    ]);
    expect(batchesOf(6, { dropLast: true })).toHaveLength(2);
    expect(batchesOf(0, {})).toEqual([]);
  });

  it('ends a batch before the token budget is exceeded', () => {
    expect(batchesOf(5, { maxTokens: 10, lengths: [5, 5, 1, 9, 1] })).toEqual([[0, 1], [2, 3], [4]]);
  });

  it('holds every row once, within both bounds, and counts its batches', () => {
    const rowLengths = fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 60 });
    fc.assert(
      fc.property(
        rowLengths,
        fc.integer({ min: 1, max: 8 }),
        fc.boolean(),
        fc.nat(9),
        (lengths, batchSize, budget, epoch) => {
          const sampler = new RandomSampler(lengths.length, { seed: 3 });
          const bounds = budget ? { maxTokens: 25, lengths } : {};
          const batchSampler = new BatchSampler({ sampler, batchSize, ...bounds });
          const batches = [...batchSampler.batches(epoch)];
          expect(batches.flat()).toEqual([...sampler.indices(epoch)]);
          for (const from of [0, 1, batches.length, batches.length + 1])
            expect([...batchSampler.batches(epoch, from)]).toEqual(batches.slice(from));
          expect(batchSampler.batchCount(epoch)).toBe(batches.length);
          for (const batch of batches) {
            expect(batch.length).toBeGreaterThan(0);
            expect(batch.length).toBeLessThanOrEqual(batchSize);
            const tokens = batch.reduce((sum, row) => sum + lengths[row]!, 0);
            if (budget) expect(tokens).toBeLessThanOrEqual(25);
          }
        },
      ),
    );
    expect(new BatchSampler({ sampler: new SequentialSampler(7), batchSize: 3, dropLast: true }).batchCount(0)).toBe(2);
  });

  it('needs no batch size beside a token budget, and no row to start late in an epoch', () => {
    const sampler = new SequentialSampler(5);
    const byTokens = new BatchSampler({ sampler, maxTokens: 10, lengths: [5, 5, 1, 9, 1] });
    expect([...byTokens.batches(0)]).toEqual([[0, 1], [2, 3], [4]]);
    expect(() => new BatchSampler({ sampler })).toThrow(ConfigError);
    expect(() => [...byTokens.batches(0, -1)]).toThrow('from must be an integer from 0, got -1');
    const start = performance.now();
    const late = new BatchSampler({ sampler: new RandomSampler(1_000_000), batchSize: 10 });
    expect([...late.batches(3, 99_999)]).toHaveLength(1);
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('refuses a row over the budget, missing lengths and bad options', () => {
    expect(() => batchesOf(2, { maxTokens: 4, lengths: [4, 5] })).toThrow(DataError);
    expect(() => batchesOf(2, { maxTokens: 4, lengths: [4, 5] })).toThrow('at most maxTokens 4 tokens, got 5 in row 1');
    expect(() => batchesOf(2, { maxTokens: 4, lengths: [4] })).toThrow('lengths must cover every row, got 1 for row 1');
    expect(() => batchesOf(2, { maxTokens: 4 })).toThrow(ConfigError);
    expect(() => batchesOf(2, { maxTokens: 4, lengths: [1, 1], dropLast: true })).toThrow(ConfigError);
    expect(() => batchesOf(2, { batchSize: 0 })).toThrow('BatchSampler: batchSize must be an integer from 1, got 0');
    expect(() => batchesOf(2, { batchsize: 1 })).toThrow(/did you mean "batchSize"/);
  });
});
