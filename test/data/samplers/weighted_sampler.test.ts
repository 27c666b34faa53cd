import { describe, expect, it } from 'vitest';
import { WeightedRandomSampler } from '../../../lib/data/index.js';
import { ConfigError } from '../../../lib/util/errors.js';

const countsOf = (indices: Iterable<number>, length: number): number[] => {
  const counts = Array.from({ length }, () => 0);
  for (const index of indices) counts[index]! += 1;
  return counts;
};

describe('WeightedRandomSampler', () => {
  it('draws rows in proportion to their weights, never those of weight 0', () => {
    const weights = [1, 0, 2, 5, 0];
    const counts = countsOf(new WeightedRandomSampler(weights, { numSamples: 80_000 }).indices(0), 5);
    weights.forEach((weight, row) => {
      const wanted = weight * 10_000;
      expect(Math.abs(counts[row]! - wanted)).toBeLessThanOrEqual(5 * Math.sqrt(wanted));
    });
  });

  it('without replacement draws each row once, the heavy ones sooner', () => {
    const weights = [1, 3, 0, 6];
    let first = [0, 0, 0, 0];
    for (let epoch = 0; epoch < 10_000; epoch++) {
      const sampler = new WeightedRandomSampler(weights, { numSamples: 3, replacement: false });
      const order = [...sampler.indices(epoch)];
      if (epoch < 50) expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 3]);
      first[order[0]!]! += 1;
    }
    first = first.map((count) => Math.round(count / 100));
    expect(Math.abs(first[0]! - 10) + Math.abs(first[1]! - 30) + Math.abs(first[3]! - 60)).toBeLessThanOrEqual(4);
  });

  it('depends on seed and epoch alone', () => {
    const weights = Array.from({ length: 50 }, (_, i) => i + 1);
    const order = (seed: number, epoch: number): number[] => [
      ...new WeightedRandomSampler(weights, { seed }).indices(epoch),
    ];
    expect(order(1, 0)).toEqual(order(1, 0));
    expect(order(1, 1)).toEqual(order(2, 0));
    expect(order(1, 1)).not.toEqual(order(1, 0));
    expect([...new WeightedRandomSampler([], {}).indices(0)]).toEqual([]);
  });

  it('refuses weights that are none, too few of them, and bad options', () => {
    for (const weights of [[-1, 2], [Number.NaN], [Infinity], [0, 0]])
      expect(() => new WeightedRandomSampler(weights)).toThrow(ConfigError);
    expect(() => new WeightedRandomSampler([1, 0], { replacement: false })).toThrow('2 weights above 0, got 1');
    expect(() => new WeightedRandomSampler([1], { numsamples: 1 } as object)).toThrow('did you mean "numSamples"');
    expect(() => [...new WeightedRandomSampler([1]).indices(-1)]).toThrow(ConfigError);
  });
});
