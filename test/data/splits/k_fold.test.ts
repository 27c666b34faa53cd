import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import { Dataset } from '../../../lib/data/table/dataset.js';
import { AbortError, ConfigError, DataError } from '../../../lib/util/errors.js';
import { readGoldens } from '../readers/files.js';

const goldens = await readGoldens();

interface Row {
  id: number;
  label: number;
  group: number;
}

function of(labels: readonly number[], groups: readonly number[] = labels): Dataset<Row> {
  return Dataset.fromArray(labels.map((label, id) => ({ id, label, group: groups[id]! })));
}

/** The test rows of each fold. */
async function testIds(rows: Dataset<Row>, k: number, options: object = {}): Promise<number[][]> {
  const folds = await rows.kFold(k, options);
  const all = rows.column('id');
  for (const { train, test } of folds)
    expect([...train.column('id'), ...test.column('id')].sort((a, b) => a - b)).toEqual(all);
  return folds.map(({ test }) => test.column('id'));
}

describe('Dataset.kFold', () => {
  it.each(goldens.folds)('without shuffle gives the $k folds of scikit-learn', async (golden) => {
    const { k, labels, groups } = golden;
    const rows = of(labels, groups);
    expect(await testIds(rows, k, { shuffle: false })).toEqual(golden.plain);
    expect(await testIds(rows, k, { shuffle: false, stratifyByColumn: 'label' })).toEqual(golden.stratified);
    expect(await testIds(rows, k, { shuffle: false, groupByColumn: 'group' })).toEqual(golden.grouped);
  });

  it('shuffled has every row in one test part, classes spread evenly and groups whole, the same for a seed', async () => {
    const labels = fc
      .array(fc.nat(2), { minLength: 30, maxLength: 90 })
      .map((list) => [...list, 0, 0, 0, 1, 1, 1, 2, 2, 2]);
    const way = fc.constantFrom({}, { stratifyByColumn: 'label' }, { groupByColumn: 'group' });
    await fc.assert(
      fc.asyncProperty(labels, way, fc.nat(), async (list, how, seed) => {
        const rows = of(
          list,
          list.map((label, i) => (label + i * i) % 7),
        );
        const folds = await testIds(rows, 3, { ...how, seed });
        expect(folds.flat().sort((a, b) => a - b)).toEqual(rows.column('id'));
        expect(await testIds(rows, 3, { ...how, seed })).toEqual(folds);
        for (const label of [0, 1, 2]) {
          if (!('stratifyByColumn' in how)) break;
          const counts = folds.map((ids) => ids.filter((id) => rows.at(id).label === label).length);
          expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
        }
        if (!('groupByColumn' in how)) return;
        const groups = folds.map((ids) => new Set(ids.map((id) => rows.at(id).group)));
        expect(groups.reduce((sum, set) => sum + set.size, 0)).toBe(new Set(rows.column('group')).size);
      }),
      { numRuns: 40 },
    );
  });

  it('differs between seeds', async () => {
    const rows = of(Array.from({ length: 40 }, (_, i) => i % 2));
    expect(await testIds(rows, 4, { seed: 1 })).not.toEqual(await testIds(rows, 4, { seed: 2 }));
  });

  it('refuses too few rows, groups or members of a class, bad k, two columns and a fired signal', async () => {
    const rows = of([0, 0, 0, 1, 1]);
    const where = { stratifyByColumn: 'label' } as const;
    await expect(rows.kFold(3, where)).rejects.toThrow(
      'kFold: each class must have a row for each of 3 folds to be stratified, got 2 of class 1',
    );
    await expect(rows.kFold(6)).rejects.toThrow('there must be a row for each of 6 folds, got 5 rows');
    await expect(rows.kFold(3, { groupByColumn: 'group' })).rejects.toThrow('a group for each of 3 folds, got 2');
    await expect(rows.kFold(6)).rejects.toThrow(DataError);
    for (const k of [1, 2.5, Number.NaN]) await expect(rows.kFold(k)).rejects.toThrow(ConfigError);
    await expect(rows.kFold(2, { ...where, groupByColumn: 'group' })).rejects.toThrow('exclude each other');
    await expect(rows.kFold(2, { groupByColumn: 'grp' as 'group' })).rejects.toThrow(DataError);
    await expect(rows.kFold(2, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
  });
});

describe('Dataset.trainTestSplit by groups', () => {
  it('keeps groups whole and counts them', async () => {
    const groups = fc.array(fc.nat(12), { minLength: 20, maxLength: 80 });
    await fc.assert(
      fc.asyncProperty(groups, fc.boolean(), async (list, shuffle) => {
        const rows = of(list);
        const { train, test } = await rows.trainTestSplit({ groupByColumn: 'group', shuffle });
        const [inTrain, inTest] = [new Set(train.column('group')), new Set(test.column('group'))];
        expect([...inTrain].every((group) => !inTest.has(group))).toBe(true);
        expect(inTest.size).toBe(Math.ceil(new Set(list).size / 4));
        expect(train.length + test.length).toBe(list.length);
        if (!shuffle) expect(test.column('id')).toEqual(test.column('id').toSorted((a, b) => a - b));
      }),
    );
    await expect(of([1, 1]).trainTestSplit({ groupByColumn: 'group' })).rejects.toThrow('for 1 groups');
  });
});
