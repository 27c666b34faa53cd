import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import { Dataset } from '../../../lib/data/table/dataset.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import goldens from '../../golden/split_goldens.json' with { type: 'json' };

interface Row {
  id: number;
  label: number;
}

/** Rows of classes 0, 1, ... with the given number of rows each. */
function ofCounts(counts: readonly number[]): Dataset<Row> {
  const labels = counts.flatMap((count, label) => Array.from({ length: count }, () => label));
  return Dataset.fromArray(labels.map((label, id) => ({ id, label })));
}

function countsOf(dataset: Dataset<Row>, classes: number): number[] {
  const counts = Array.from({ length: classes }, () => 0);
  for (const { label } of dataset) counts[label]! += 1;
  return counts;
}

describe('Dataset.trainTestSplit', () => {
  it.each(goldens.cases)('gives $counts at testSize $testSize the shares scikit-learn gives', async (golden) => {
    for (let seed = 0; seed < 10; seed++) {
      const options = { testSize: golden.testSize, stratifyByColumn: 'label', seed } as const;
      const { train, test } = await ofCounts(golden.counts).trainTestSplit(options);
      const outcome = [train, test].map((part) => countsOf(part, golden.counts.length));
      expect(golden.outcomes).toContainEqual(outcome);
    }
  });

  it('gives two disjoint parts that hold every row, shuffled or stratified or neither, the same for a seed', async () => {
    const counts = fc.array(fc.integer({ min: 4, max: 40 }), { minLength: 2, maxLength: 4 });
    const way = fc.constantFrom({}, { shuffle: false }, { stratifyByColumn: 'label' } as const);
    const size = fc.double({ min: 0.3, max: 0.7, noNaN: true });
    await fc.assert(
      fc.asyncProperty(counts, way, size, fc.nat(), async (perClass, how, testSize, seed) => {
        const split = async (): Promise<number[][]> => {
          const { train, test } = await ofCounts(perClass).trainTestSplit({ testSize, seed, ...how });
          return [train.column('id'), test.column('id')];
        };
        const [train, test] = (await split()) as [number[], number[]];
        const total = perClass.reduce((a, b) => a + b);
        expect([...train, ...test].sort((a, b) => a - b)).toEqual(Array.from({ length: total }, (_, i) => i));
        expect(test.length).toBe(Math.ceil(testSize * total));
        expect(await split()).toEqual([train, test]);
      }),
    );
  });

  it('keeps each class within one row of its share', async () => {
    const counts = fc.array(fc.integer({ min: 4, max: 90 }), { minLength: 2, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(counts, fc.nat(), async (perClass, seed) => {
        const options = { testSize: 0.4, stratifyByColumn: 'label', seed } as const;
        const { test } = await ofCounts(perClass).trainTestSplit(options);
        const total = perClass.reduce((a, b) => a + b);
        for (const [label, count] of countsOf(test, perClass.length).entries()) {
          expect(Math.abs(count - (perClass[label]! / total) * test.length)).toBeLessThan(2);
        }
      }),
    );
  });

  it('cuts the end off without shuffle, and mixes both parts with it', async () => {
    const plain = await ofCounts([10]).trainTestSplit({ testSize: 3, shuffle: false });
    expect(plain.test.column('id')).toEqual([7, 8, 9]);
    const { train } = await ofCounts([50, 50]).trainTestSplit({ stratifyByColumn: 'label' });
    expect(train.column('label')).not.toEqual(train.column('label').sort());
    expect(train.length).toBe(75);
  });

  it.each([0, 1.5, -1, 10, Number.NaN])('refuses testSize %s for ten rows', async (testSize) => {
    await expect(ofCounts([5, 5]).trainTestSplit({ testSize })).rejects.toThrow(ConfigError);
  });

  it('refuses a class with one row, a part smaller than the classes, an empty part and a missing column', async () => {
    const stratifyByColumn = 'label';
    await expect(ofCounts([9, 1]).trainTestSplit({ stratifyByColumn })).rejects.toThrow(
      'trainTestSplit: each class must have at least 2 rows to be stratified, got 1 of class 1',
    );
    await expect(ofCounts([9, 9, 9]).trainTestSplit({ stratifyByColumn, testSize: 2 })).rejects.toThrow(
      'trainTestSplit: the test part must have at least a row for each class, got 2 rows and 3 classes',
    );
    await expect(ofCounts([1]).trainTestSplit()).rejects.toThrow(DataError);
    await expect(ofCounts([4]).trainTestSplit({ stratifyByColumn: 'class' as 'label' })).rejects.toThrow(DataError);
    await expect(ofCounts([4, 4]).trainTestSplit({ stratifyByColumn, shuffle: false })).rejects.toThrow(ConfigError);
  });
});
