import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import { BatchSampler, LengthGroupedSampler } from '../../../lib/data/index.js';
import { ConfigError } from '../../../lib/util/errors.js';

describe('LengthGroupedSampler', () => {
  it('visits every row once, sorted within mega batches, the longest row first', () => {
    const rowLengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 120 });
    fc.assert(
      fc.property(rowLengths, fc.integer({ min: 1, max: 6 }), fc.nat(9), (lengths, batchSize, epoch) => {
        const order = [...new LengthGroupedSampler(lengths, { batchSize, megaBatches: 3 }).indices(epoch)];
        expect(order.toSorted((a, b) => a - b)).toEqual(lengths.map((_, row) => row));
        expect(lengths[order[0]!]).toBe(Math.max(...lengths));
        for (let start = 0; start < order.length; start += 3 * batchSize) {
          const group = order.slice(start + 1, start + 3 * batchSize).map((row) => lengths[row]!);
          expect(group).toEqual(group.toSorted((a, b) => b - a));
        }
      }),
    );
  });

  it('by default sorts 50 batches together', () => {
    const lengths = Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 997);
    const long = [...new LengthGroupedSampler(lengths, { batchSize: 4 }).indices(0)].map((row) => lengths[row]!);
    const rises = long.reduce((count, length, i) => count + (i > 0 && length > long[i - 1]! ? 1 : 0), 0);
    expect(rises).toBeLessThanOrEqual(10_000 / 200 + 2);
  });

  it('pads less than a random order, and differs by epoch', () => {
    const lengths = Array.from({ length: 2000 }, (_, i) => 1 + ((i * 7919) % 997));
    const sampler = new LengthGroupedSampler(lengths, { batchSize: 8 });
    let padded = 0;
    for (const batch of new BatchSampler({ sampler, batchSize: 8 }).batches(0))
      padded += batch.length * Math.max(...batch.map((row) => lengths[row]!));
    expect(padded / lengths.reduce((a, b) => a + b)).toBeLessThan(1.1);
    expect([...sampler.indices(1)]).not.toEqual([...sampler.indices(0)]);
    expect([...new LengthGroupedSampler([], { batchSize: 2 }).indices(0)]).toEqual([]);
  });

  it('refuses bad lengths and options', () => {
    expect(() => new LengthGroupedSampler([1, Number.NaN], { batchSize: 1 })).toThrow('got NaN for row 1');
    expect(() => new LengthGroupedSampler([1], { batchSize: 0 })).toThrow(ConfigError);
    expect(() => new LengthGroupedSampler([1], {} as never)).toThrow(ConfigError);
  });
});
