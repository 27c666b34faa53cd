import { describe, expect, it } from 'vitest';
import { confusionMatrix, formatConfusionMatrix } from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

describe('confusionMatrix', () => {
  it('refuses labels none of which is there, repeated ones and other ways to normalize', () => {
    expect(() => confusionMatrix([0, 1], [5, 5], { labels: [5] })).toThrow(DataError);
    expect(() => confusionMatrix([0, 1], [5, 5], { labels: [5] })).toThrow('one of labels must be in yTrue, got 5');
    expect(() => confusionMatrix([0, 1], [0, 1], { labels: [] })).toThrow('one of labels must be in yTrue, got none');
    expect(() => confusionMatrix([0, 1], [0, 1], { labels: [0, 0] })).toThrow(ConfigError);
    expect(() => confusionMatrix([0], [0], { normalize: 'rows' as 'true' })).toThrow(ConfigError);
  });
});

describe('formatConfusionMatrix', () => {
  it('lines up names and counts', () => {
    expect(
      formatConfusionMatrix(
        [
          [10, 1],
          [2, 700],
        ],
        ['ham', 'spam'],
      ),
    ).toBe(
      ['true \\ predicted  ham  spam', '             ham   10     1', '            spam    2   700', ''].join('\n'),
    );
    expect(formatConfusionMatrix([[0.25]], ['x'])).toContain('0.250');
  });

  it('refuses too few names', () => {
    expect(() => formatConfusionMatrix([[1]], [])).toThrow(DataError);
  });
});
