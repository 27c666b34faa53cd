import { describe, expect, it } from 'vitest';
import { averagePrecisionScore, rankingMetrics, rocAucScore } from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import { addInBatches, differences, makeRandom } from './batches.js';

const softmax = (row: readonly number[]): number[] => {
  const powers = row.map(Math.exp);
  return powers.map((power) => power / powers.reduce((sum, x) => sum + x, 0));
};

describe('rankingMetrics', () => {
  const random = makeRandom(4);
  const rows = (width: number) =>
    Array.from({ length: 1500 }, () => Array.from({ length: width }, () => Math.fround(random() * 4)));

  it('ranks two classes', () => {
    const logits = rows(2);
    const labels = logits.map(([a, b]) => (b! - a! + random() * 4 > 2 ? 1 : 0));
    const scores = logits.map(([a, b]) => b! - a!);
    const wanted = {
      rocAuc: rocAucScore(labels, scores),
      averagePrecision: averagePrecisionScore(labels, scores),
    };
    expect(wanted.rocAuc).toBeGreaterThan(0.6);
    expect(differences(addInBatches(rankingMetrics(), logits, labels), wanted)).toEqual([]);
  });

  it('ranks each of more classes against the rest', () => {
    const logits = rows(3);
    const labels = logits.map((row) => (random() < 0.5 ? row.indexOf(Math.max(...row)) : Math.floor(random() * 3)));
    const table = logits.map(softmax);
    const wanted = {
      averagePrecision: averagePrecisionScore(labels, table, { average: 'weighted' }),
      rocAuc: rocAucScore(labels, table, { average: 'weighted', multiClass: 'ovr' }),
    };
    const metrics = rankingMetrics({ average: 'weighted', metrics: Object.keys(wanted) });
    expect(differences(addInBatches(metrics, logits, labels), wanted)).toEqual([]);
  });

  it('ranks several labels a row', () => {
    const logits = rows(3);
    const labels = logits.map((row) => row.map((x) => (x > random() * 4 ? 1 : 0)));
    const metrics = rankingMetrics({ problemType: 'multi_label_classification', average: 'micro' });
    const wanted = {
      rocAuc: rocAucScore(labels, logits, { average: 'micro' }),
      averagePrecision: averagePrecisionScore(labels, logits, { average: 'micro' }),
    };
    expect(differences(addInBatches(metrics, logits, labels), wanted)).toEqual([]);
  });

  it('skips -100, and is NaN where a class has no row', () => {
    const metrics = rankingMetrics({ metrics: ['rocAuc'] });
    metrics.add({
      predictions: [
        [0, 1],
        [1, 0],
      ],
      labelIds: [1, -100],
    });
    expect(metrics.compute()).toEqual({ rocAuc: Number.NaN });
  });

  it('refuses misuse', () => {
    const add =
      (predictions: number[][], labelIds: unknown[], options = {}) =>
      () =>
        rankingMetrics(options).add({ predictions, labelIds: labelIds as number[] });
    const multi = { problemType: 'multi_label_classification' };
    expect(add([[0, 1]], [2])).toThrow('rankingMetrics: labels must be integers from 0 to 1, got 2');
    expect(add([[0, 1], [0]], [1, 0])).toThrow('every row must have as many outputs, got 2 and 1');
    expect(add([[0, Infinity]], [1])).toThrow('predictions must be finite numbers, got Infinity');
    expect(add([[0, 1]], [[1, 0.5]], multi)).toThrow('each row must have 2 labels of 0 or 1, got [1,0.5]');
    expect(add([[0, 1]], [1], multi)).toThrow(DataError);
    for (const options of [{ average: 'samples' }, { problemType: 'regression' }, { metrics: ['auc'] }])
      expect(() => rankingMetrics(options as object)).toThrow(ConfigError);
  });
});
