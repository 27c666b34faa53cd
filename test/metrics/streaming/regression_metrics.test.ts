import { describe, expect, it } from 'vitest';
import {
  explainedVarianceScore,
  meanAbsoluteError,
  meanSquaredError,
  pearsonCorrelation,
  r2Score,
  regressionMetrics,
  rootMeanSquaredError,
  spearmanCorrelation,
} from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import { addInBatches, differences, makeRandom } from './batches.js';

function wantedOf(truth: number[], predicted: number[]): Record<string, number> {
  return {
    mse: meanSquaredError(truth, predicted),
    rmse: rootMeanSquaredError(truth, predicted),
    mae: meanAbsoluteError(truth, predicted),
    r2: r2Score(truth, predicted),
    explainedVariance: explainedVarianceScore(truth, predicted),
    pearson: truth.length < 2 ? Number.NaN : pearsonCorrelation(truth, predicted),
    spearman: truth.length < 2 ? Number.NaN : spearmanCorrelation(truth, predicted),
  };
}

describe('regressionMetrics', () => {
  const random = makeRandom(3);
  const noise = Array.from({ length: 3000 }, () => random());
  const cases: Record<string, [number[], number[]]> = {
    random: [noise, noise.map((x) => Math.fround(x + random() / 2))],
    'far from zero': [noise.map((x) => 1e7 + x), noise.map((x) => Math.fround(1e7 + 3 * x + random()))],
    'constant truth': [
      [0.1, 0.1, 0.1],
      [1, 2, 3],
    ],
    'constant truth, predicted': [
      [2.5, 2.5],
      [2.5, 2.5],
    ],
    'constant prediction': [
      [1, 2, 4],
      [3, 3, 3],
    ],
    'two rows': [
      [1, 2],
      [7, 5],
    ],
    'one row': [[1], [3]],
  };
  it.each(Object.entries(cases))('scores all rows as the functions do: %s', (_, [truth, predicted]) => {
    const wanted = wantedOf(truth, predicted);
    const metrics = regressionMetrics({ metrics: Object.keys(wanted) });
    expect(
      differences(
        addInBatches(
          metrics,
          predicted.map((x) => [x]),
          truth,
        ),
        wanted,
      ),
    ).toEqual([]);
  });

  it('gives the means over several outputs', () => {
    const truth = noise.slice(0, 50).map((x, i) => [x, i % 5]);
    const predicted = truth.map(([a, b]) => [Math.fround(a! + random()), Math.fround(b! * random())]);
    const [first, second] = [0, 1].map((i) =>
      wantedOf(
        truth.map((row) => row[i]!),
        predicted.map((row) => row[i]!),
      ),
    );
    const got = addInBatches(regressionMetrics(), predicted, truth);
    const names = ['mse', 'mae', 'r2', 'pearson', 'spearman'];
    const wanted = Object.fromEntries(names.map((name) => [name, (first![name]! + second![name]!) / 2]));
    expect(differences(got, wanted)).toEqual([]);
  });

  it('refuses values that are not finite or do not fit, and unknown metrics', () => {
    const add = (predictions: number[][], labelIds: (number | number[])[]) => () =>
      regressionMetrics().add({ predictions, labelIds });
    expect(add([[Number.NaN]], [1])).toThrow('regressionMetrics: values must be finite, got NaN for 1');
    expect(add([[1]], [Infinity])).toThrow(DataError);
    expect(add([[1, 2]], [1])).toThrow('each row must have 1 outputs and labels, got 2 for 1');
    expect(add([[1], [1, 2]], [1, [1, 2]])).toThrow('each row must have 1 outputs and labels, got 2 for 2');
    expect(() => regressionMetrics({ metrics: ['r3'] })).toThrow(ConfigError);
    expect(() => regressionMetrics().compute()).toThrow(DataError);
  });
});
