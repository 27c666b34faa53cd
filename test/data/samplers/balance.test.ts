import { describe, expect, it } from 'vitest';
import {
  computeClassWeight,
  computeSampleWeight,
  oversample,
  RandomSampler,
  undersample,
  WeightedRandomSampler,
} from '../../../lib/data/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import { readGoldens } from '../readers/files.js';

const { weights } = await readGoldens();
const LABELS = ['ham', 'ham', 'spam', 'ham', 'eggs', 'ham', 'spam'];
const countsOf = (indices: Iterable<number>): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const index of indices) counts[LABELS[index]!] = (counts[LABELS[index]!] ?? 0) + 1;
  return counts;
};

describe('computeClassWeight and computeSampleWeight', () => {
  it.each(weights)("give scikit-learn's weights of $labels", ({ labels, classWeight, sampleWeight }) => {
    expect(computeClassWeight('balanced', labels)).toEqual(classWeight);
    expect(computeSampleWeight('balanced', labels)).toEqual(sampleWeight);
  });

  it('take classes in an order, given weights and none', () => {
    expect(computeClassWeight('balanced', LABELS, ['spam', 'eggs', 'ham'])).toEqual([7 / 6, 7 / 3, 7 / 12]);
    expect(computeClassWeight({ ham: 3 }, LABELS)).toEqual([1, 3, 1]);
    expect(computeClassWeight(new Map([[1, 0.5]]), [0, 1])).toEqual([1, 0.5]);
    expect(computeClassWeight(null, LABELS)).toEqual([1, 1, 1]);
  });

  it('refuse classes that do not occur, no labels and weights that are none', () => {
    expect(() => computeClassWeight('balanced', [0, 1], [0, 1, 2])).toThrow('every class must occur, got no row of 2');
    expect(() => computeClassWeight('balanced', [])).toThrow(DataError);
    expect(() => computeClassWeight('balanced', [0, null as never])).toThrow('got null in row 1');
    expect(() => computeClassWeight({ 0: 'x' as never }, [0])).toThrow(ConfigError);
  });

  it('as weights of a sampler show every class equally often', () => {
    const sampler = new WeightedRandomSampler(computeSampleWeight('balanced', LABELS), { numSamples: 30_000 });
    for (const count of Object.values(countsOf(sampler.indices(0)))) expect(Math.abs(count - 10_000)).toBeLessThan(500);
  });
});

describe('oversample and undersample', () => {
  it('make all classes as large as the largest, or the smallest', () => {
    const more = [...oversample(LABELS)];
    expect(countsOf(more)).toEqual({ ham: 4, spam: 4, eggs: 4 });
    expect(new Set(more).size).toBe(LABELS.length);
    const fewer = [...undersample(LABELS)];
    expect(countsOf(fewer)).toEqual({ ham: 1, spam: 1, eggs: 1 });
    for (const list of [more, fewer]) expect(list).toEqual(list.toSorted((a, b) => a - b));
    expect([[...oversample([])], [...undersample([])]]).toEqual([[], []]);
  });

  it('depend on the seed alone', () => {
    const labels = [...new RandomSampler(400).indices(0)].map((row) => (row % 5 === 0 ? 1 : 0));
    for (const draw of [oversample, undersample]) {
      expect(draw(labels, { seed: 1 })).toEqual(draw(labels, { seed: 1 }));
      expect(draw(labels, { seed: 1 })).not.toEqual(draw(labels, { seed: 2 }));
      expect(() => draw(labels, { sed: 1 } as object)).toThrow(ConfigError);
    }
  });
});
