import { describe, expect, it } from 'vitest';
import {
  explainedVarianceScore,
  meanAbsoluteError,
  meanSquaredError,
  pearsonCorrelation,
  r2Score,
  rootMeanSquaredError,
  spearmanCorrelation,
} from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

const ERRORS = [explainedVarianceScore, meanAbsoluteError, meanSquaredError, r2Score, rootMeanSquaredError];
type Metric = (yTrue: unknown, yPred: unknown, options?: object) => unknown;
const named = (metrics: readonly unknown[]) =>
  metrics.map((metric) => ({ name: (metric as Metric).name, metric: metric as Metric }));

describe.each(named([...ERRORS, pearsonCorrelation, spearmanCorrelation]))('$name', ({ name, metric }) => {
  it.each([
    ['unequal lengths', [1, 2, 3], [1, 2], 'must have the same length, got 3 and 2'],
    ['no rows', [], [], 'got '],
    ['NaN', [1, 2], [1, Number.NaN], 'must be finite numbers, got NaN at 1'],
    ['infinities', [1, -Infinity], [1, 2], 'must be finite numbers, got -Infinity at 1'],
    ['nothing', undefined, [1, 2], 'must be an array or a typed array, got undefined'],
  ])('refuses %s', (_, yTrue, yPred, text) => {
    expect(() => metric(yTrue, yPred)).toThrow(DataError);
    expect(() => metric(yTrue, yPred)).toThrow(text);
    expect(() => metric(yTrue, yPred)).toThrow(new RegExp(`^${name}: `));
  });
});

describe.each(named(ERRORS))('$name', ({ metric }) => {
  it('takes typed arrays and flat tables, and checks its options', () => {
    expect(metric(Float32Array.of(1, 2, 4), Int8Array.of(1, 3, 4))).toBe(metric([1, 2, 4], [1, 3, 4]));
    const flat = { data: Float32Array.of(1, 2, 3, 5), shape: [2, 2] };
    const rows = [
      [1, 2],
      [4, 4],
    ];
    const raw = { multioutput: 'rawValues' };
    expect(metric(flat, rows, raw)).toEqual([metric([1, 3], [1, 4]), metric([2, 5], [2, 4])]);
    expect(() => metric([1, 2], [1, 2], { multioutput: 'raw_values' })).toThrow(ConfigError);
    expect(() => metric([1, 2], [1, 2], { sampleWeights: [1, 1] })).toThrow(/did you mean "sampleWeight"/);
    expect(() => metric(flat, [1, 2])).toThrow('yTrue and yPred must have as many columns, got 2 and 1');
  });
});

describe('a constant', () => {
  it('that f64 does not hold exactly is a constant all the same', () => {
    const tenths = new Array<number>(1000).fill(0.1);
    const others = tenths.map((_, i) => i);
    expect(r2Score(tenths, others)).toBe(0);
    expect(r2Score(tenths, tenths)).toBe(1);
    expect(explainedVarianceScore(tenths, others, { forceFinite: false })).toBe(-Infinity);
    expect(pearsonCorrelation(tenths, others)).toBeNaN();
    expect(spearmanCorrelation(others, tenths)).toBeNaN();
  });
});

describe('correlations', () => {
  it('need two rows', () => {
    expect(() => pearsonCorrelation([1], [1])).toThrow('pearsonCorrelation: there must be at least two rows, got 1');
  });
});
