import { describe, expect, it } from 'vitest';
import {
  type Label,
  accuracyScore,
  balancedAccuracyScore,
  classificationReport,
  cohenKappaScore,
  confusionMatrix,
  f1Score,
  hammingLoss,
  jaccardScore,
  matthewsCorrcoef,
  multilabelConfusionMatrix,
  zeroOneLoss,
} from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

const METRICS = [
  accuracyScore,
  balancedAccuracyScore,
  classificationReport,
  cohenKappaScore,
  confusionMatrix,
  f1Score,
  hammingLoss,
  jaccardScore,
  matthewsCorrcoef,
  multilabelConfusionMatrix,
  zeroOneLoss,
] as const;
type Metric = (yTrue: unknown, yPred: unknown, options?: object) => unknown;

describe('accuracyScore', () => {
  it('takes typed arrays, texts and tables, and refuses unknown options', () => {
    expect(accuracyScore(Int32Array.of(1, 2), [1, 1])).toBe(0.5);
    expect(accuracyScore(['a', 'b', 'b'], ['a', 'a', 'b'], { normalize: false })).toBe(2);
    expect(accuracyScore([Uint8Array.of(1, 0), [1, 1]], { data: Uint8Array.of(1, 0, 0, 1), shape: [2, 2] })).toBe(0.5);
    expect(() => accuracyScore([1], [1], { normalise: true } as object)).toThrow(ConfigError);
  });
});

describe.each(METRICS.map((metric) => ({ name: metric.name, metric: metric as Metric })))(
  '$name',
  ({ name, metric }) => {
    const wrong: [string, unknown[], unknown[], string][] = [
      ['unequal lengths', [1, 2], [1], ' must have the same length, got 2 and 1'],
      ['no rows', [], [], 'there must be at least one label, got none'],
      ['fractions', [1, 0.5], [1, 1], 'labels must be integers or strings, got 0.5 in y'],
      ['NaN', [1, 1], [1, Number.NaN], 'labels must be integers or strings, got NaN in y'],
      ['undefined', [undefined], [1], 'labels must be integers or strings, got a undefined in y'],
      ['a mix of types', [1, 1], [1, 'a'], 'labels must be all integers or all strings, got 1 and "a"'],
    ];
    it.each(wrong)('refuses %s', (_, yTrue, yPred, text) => {
      expect(() => metric(yTrue, yPred)).toThrow(DataError);
      expect(() => metric(yTrue, yPred)).toThrow(text);
      expect(() => metric(yTrue, yPred)).toThrow(new RegExp(`^${name}: `));
    });

    it('refuses what is no list, and weights that are none', () => {
      for (const bad of [undefined, null, 'ab', 3]) expect(() => metric(bad, [1])).toThrow(DataError);
      const weighted = (sampleWeight: unknown) => () => metric([0, 1], [0, 1], { sampleWeight });
      expect(weighted([1])).toThrow(`${name}: sampleWeight must be as many as rows, got 1 for 2`);
      expect(weighted([1, -1])).toThrow('sampleWeight must be finite and 0 or more, got -1 at 1');
      expect(weighted([1, Number.NaN])).toThrow(DataError);
      expect(weighted([0, 0])).toThrow('sampleWeight must not be all zero');
      expect(weighted(5)).toThrow('sampleWeight must be an array or a typed array, got 5');
    });

    it('refuses tables where lists are meant, and tables that are none', () => {
      expect(() => metric([[1, 0]], [1])).toThrow(DataError);
      expect(() => metric([[1, 0]], [[1, 0, 1]])).toThrow(DataError);
      expect(() => metric([[1, 2]], [[1, 0]])).toThrow(DataError);
      expect(() =>
        metric(
          [[1, 0], [1]],
          [
            [1, 0],
            [1, 0],
          ],
        ),
      ).toThrow(DataError);
      expect(() => metric([[]], [[]])).toThrow(DataError);
      expect(() => metric({ data: [1, 0], shape: [3, 1] }, [[1, 0]])).toThrow(DataError);
      expect(() => metric({ data: [1, 0], shape: 2 }, [[1, 0]])).toThrow(DataError);
    });
  },
);

describe('tables', () => {
  it('that do not fit are named', () => {
    const score = (yTrue: unknown, yPred: unknown) => () => hammingLoss(yTrue as Label[], yPred as Label[]);
    expect(score([[1, 0]], [1])).toThrow(
      'must be both lists of labels or both tables of 0 and 1, got a table and a list',
    );
    expect(score([[1, 2]], [[1, 0]])).toThrow('yTrue must be 0 or 1 in each column, got 2 in row 0');
    expect(score([[1, 0]], [[1, 0, 1]])).toThrow('yTrue and yPred must have as many columns, got 2 and 3');
    expect(score([[1, 0], [1]], [[1, 0]])).toThrow(
      'yTrue must have as many values in each row, got 2 in row 0 and 1 in row 1',
    );
    expect(score({ data: [1, 0], shape: [3, 1] }, [[1]])).toThrow(
      'the shape [rows, columns] of its data, got [3,1] for 2',
    );
  });
});
