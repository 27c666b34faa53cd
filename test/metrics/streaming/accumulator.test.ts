import { describe, expect, it } from 'vitest';
import {
  classificationMetrics,
  collectedMetrics,
  combinedMetrics,
  rankingMetrics,
  regressionMetrics,
  standardMetrics,
} from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import { addInBatches } from './batches.js';

describe('collectedMetrics', () => {
  it('gives the function all examples in order, its own copies', () => {
    const metrics = collectedMetrics(({ predictions, labelIds }) => ({
      outputs: predictions.reduce((sum, [x]) => 10 * sum + x!, 0),
      labels: labelIds.reduce<number>((sum, x) => 10 * sum + (typeof x === 'number' ? x : x[0]!), 0),
    }));
    const labels = [1, [2], Uint8Array.of(3)];
    expect(addInBatches(metrics, [[4], [5], [6]], labels)).toEqual({ outputs: 456, labels: 123 });
    expect(addInBatches(metrics, [[7]], [8])).toEqual({ outputs: 7, labels: 8 });
    expect(() => metrics.add({ predictions: [], labelIds: [1] })).toThrow(DataError);
  });
});

describe('combinedMetrics', () => {
  it('joins names, resets all and refuses a name twice', () => {
    const both = combinedMetrics(classificationMetrics(), rankingMetrics({ metrics: ['rocAuc'] }));
    const wanted = { accuracy: 1, f1Macro: 1, rocAuc: 1 };
    for (let i = 0; i < 2; i++)
      expect(
        addInBatches(
          both,
          [
            [0, 1],
            [1, 0],
          ],
          [1, 0],
        ),
      ).toEqual(wanted);
    const twice = combinedMetrics(classificationMetrics(), classificationMetrics());
    twice.add({ predictions: [[0, 1]], labelIds: [1] });
    expect(() => twice.compute()).toThrow(new ConfigError('combinedMetrics: names must differ, got accuracy twice'));
  });
});

describe('standardMetrics', () => {
  it('gives the metrics of each problem type', () => {
    const names = (metrics: ReturnType<typeof standardMetrics>, row: number[], label: number | number[]) => {
      metrics.add({ predictions: [row, row], labelIds: [label, label] });
      return Object.keys(metrics.compute());
    };
    expect(names(standardMetrics('single_label_classification'), [0, 1], 1)).toEqual(['accuracy', 'f1Macro']);
    const multi = standardMetrics('multi_label_classification', { threshold: 0.3 });
    expect(names(multi, [0, 1], [1, 0])).toEqual(['f1Micro', 'f1Macro', 'subsetAccuracy']);
    expect(names(standardMetrics('regression'), [1], 2)).toEqual(['mse', 'mae', 'r2', 'pearson', 'spearman']);
    expect(() => standardMetrics('regression', { threshold: 0.5 })).toThrow(ConfigError);
  });
});

describe('the rows of an evaluation', () => {
  it('are not kept by metrics of counts and sums: 200,000 of them leave no memory behind', () => {
    const metrics = combinedMetrics(
      classificationMetrics({ problemType: 'multi_label_classification' }),
      regressionMetrics({ metrics: ['mse', 'r2', 'pearson'] }),
    );
    const predictions = Array.from({ length: 1000 }, (_, i) => Float32Array.of(i % 3, 1 - (i % 2), -1, i % 5));
    const labelIds = predictions.map((_, i) => [i % 2, 1, 0, (i >> 1) % 2]);
    const batch = { predictions, labelIds };
    metrics.add(batch);
    const held = () => process.memoryUsage().arrayBuffers;
    const before = held();
    for (let i = 0; i < 200; i++) metrics.add(batch);
    expect(held() - before).toBeLessThan(1e5);
    expect(metrics.compute()['mse']).toBeGreaterThan(0);
  });
});
