import { describe, expect, it } from 'vitest';
import { mcnemarTest } from '../../../lib/metrics/index.js';
import { DataError } from '../../../lib/util/errors.js';

/** Predictions of two models on rows whose truth is 0: each right alone so many times. */
function compare(onlyFirst: number, onlySecond: number, options = {}) {
  const rows = onlyFirst + onlySecond + 1;
  const first = Array.from({ length: rows }, (_, i) => (i < onlyFirst ? 0 : 1));
  const second = Array.from({ length: rows }, (_, i) => (i >= onlyFirst && i < rows - 1 ? 0 : 1));
  return mcnemarTest(new Array<number>(rows).fill(0), first, second, options);
}

describe('mcnemarTest', () => {
  it('finds nothing where models differ nowhere or equally often', () => {
    expect(compare(0, 0)).toMatchObject({ pValue: 1, bothWrong: 1, statistic: 0 });
    expect(compare(0, 0, { exact: false })).toMatchObject({ pValue: 1, statistic: 0 });
    expect(compare(7, 7, { exact: false })).toMatchObject({ pValue: 1, statistic: 0 });
    expect(compare(7, 7).pValue).toBe(1);
  });

  it('stays exact for many rows and vanishing chances', () => {
    expect(compare(0, 1000).pValue / (2 * 2 ** -1000)).toBeCloseTo(1, 9);
    // 2 * scipy.stats.binom.cdf(49500, 100000, 0.5)
    expect(compare(49_500, 50_500).pValue).toBeCloseTo(0.001_582_359_878_851_5, 13);
    expect(compare(0, 20_000, { exact: false }).pValue).toBe(0);
  });

  it('takes rows of several labels, all of which must be right', () => {
    const truth = [
      [1, 0],
      [1, 1],
    ];
    const result = mcnemarTest(truth, truth, [
      [1, 1],
      [1, 1],
    ]);
    expect(result).toMatchObject({ bothRight: 1, onlyFirstRight: 1, onlySecondRight: 0, bothWrong: 0 });
  });

  it('refuses lists of unequal lengths', () => {
    expect(() => mcnemarTest([1, 0], [1, 0], [1])).toThrow(DataError);
  });
});
