import { describe, expect, it } from 'vitest';
import { type Label, accuracyScore, classificationReport, confusionMatrix, f1Score } from '../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../lib/util/errors.js';
import { METRICS_CASES } from './goldens.js';

describe('accuracyScore', () => {
  it.each(METRICS_CASES)('equals scikit-learn: $name', ({ true: yTrue, pred, accuracy }) => {
    expect(accuracyScore(yTrue, pred)).toBeCloseTo(accuracy, 11);
    const correct = yTrue.filter((label, i) => label === pred[i]).length;
    expect(accuracyScore(yTrue, pred, { normalize: false })).toBe(correct);
  });

  it('takes typed arrays and refuses unknown options', () => {
    expect(accuracyScore(Int32Array.of(1, 2), [1, 1])).toBe(0.5);
    expect(() => accuracyScore([1], [1], { normalise: true } as object)).toThrow(ConfigError);
  });
});

describe('every metric', () => {
  const wrong: [string, unknown[], unknown[], string][] = [
    ['unequal lengths', [1, 2], [1], 'yTrue and yPred must have the same length, got 2 and 1'],
    ['no rows', [], [], 'there must be at least one label, got none'],
    ['fractions', [1, 0.5], [1, 1], 'labels must be integers or strings, got 0.5 in yTrue at 1'],
    ['NaN', [1, 1], [1, Number.NaN], 'labels must be integers or strings, got NaN in yPred at 1'],
    ['undefined', [undefined], [1], 'labels must be integers or strings, got a undefined in yTrue at 0'],
    ['a mix of types', [1, 1], [1, 'a'], 'labels must be all integers or all strings, got 1 and "a"'],
  ];
  it.each(wrong)('refuses %s', (_, yTrue, yPred, text) => {
    for (const metric of [accuracyScore, f1Score, confusionMatrix, classificationReport]) {
      const act = (): unknown => metric(yTrue as Label[], yPred as Label[]);
      expect(act).toThrow(DataError);
      expect(act).toThrow(`${metric.name}: ${text}`);
    }
  });
});
