import { describe, expect, it } from 'vitest';
import {
  type Average,
  f1Score,
  precisionRecallFscoreSupport,
  precisionScore,
  recallScore,
} from '../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../lib/util/errors.js';
import { METRICS_CASES, type MetricsCase, expectGolden, zeroDivisionOf } from './goldens.js';

const cases = METRICS_CASES.flatMap((golden) => Object.keys(golden.scores).map((key) => ({ ...golden, key })));

function optionsOf(golden: MetricsCase & { key: string }) {
  const [average, beta] = golden.key.split(' ');
  return {
    average: (average === 'null' ? null : average) as 'macro',
    beta: Number(beta),
    zeroDivision: zeroDivisionOf(golden),
    ...(golden.labels === undefined ? {} : { labels: golden.labels }),
  };
}

describe('precisionRecallFscoreSupport', () => {
  it.each(cases)('equals scikit-learn: $name, average and beta $key', (golden) => {
    const got = precisionRecallFscoreSupport(golden.true, golden.pred, optionsOf(golden));
    const [precision, recall, fscore, support] = golden.scores[golden.key]!;
    expectGolden(got, { precision: precision!, recall: recall!, fscore: fscore!, support: support! });
  });

  it.each(cases.filter(({ key }) => key.endsWith(' 1')))('has its parts as functions: $name, $key', (golden) => {
    const { beta: _, ...options } = optionsOf(golden);
    const [precision, recall, fscore] = golden.scores[golden.key]!;
    expectGolden(precisionScore(golden.true, golden.pred, options), precision!);
    expectGolden(recallScore(golden.true, golden.pred, options), recall!);
    expectGolden(f1Score(golden.true, golden.pred, options), fscore!);
  });

  it('goes over to precision with beta 0 and to recall with beta infinite', () => {
    const [yTrue, yPred] = [
      [0, 0, 0, 1],
      [0, 1, 1, 1],
    ];
    const precision = precisionRecallFscoreSupport(yTrue, yPred, { beta: 0 });
    expect(precision.fscore).toEqual(precision.precision);
    const recall = precisionRecallFscoreSupport(yTrue, yPred, { beta: Infinity });
    expect(recall.fscore).toEqual(recall.recall);
  });
});

describe('the binary average', () => {
  it('scores class 1, or posLabel', () => {
    expect(precisionScore([0, 1, 1], [1, 1, 1])).toBeCloseTo(2 / 3);
    expect(recallScore(['a', 'b'], ['a', 'a'], { posLabel: 'a' })).toBe(1);
    expect(f1Score([2, 2], [2, 2])).toBe(0);
  });

  it('refuses more than two classes and a posLabel that is not there', () => {
    expect(() => f1Score([0, 1, 2], [0, 1, 2])).toThrow(
      'f1Score: average must be micro, macro, weighted or null for more than two classes, got binary for 3',
    );
    expect(() => f1Score([2, 3], [2, 2])).toThrow('f1Score: posLabel must be one of 2, 3, got 1');
    expect(() => f1Score([2, 3], [2, 2])).toThrow(ConfigError);
  });
});

describe('options', () => {
  const score = (options: object): unknown => f1Score([0, 1], [0, 1], options);
  it('are checked', () => {
    expect(() => score({ average: 'samples' as Average })).toThrow(
      'f1Score: average must be binary, micro, macro, weighted or null, got samples',
    );
    expect(() => score({ zeroDivision: 2 })).toThrow('f1Score: zeroDivision must be 0, 1 or NaN, got 2');
    expect(() => score({ average: 'macro', labels: [1, 1] })).toThrow('f1Score: labels must not repeat, got 1 twice');
    expect(() => score({ average: 'macro', labels: ['1'] })).toThrow(DataError);
    expect(() => score({ averge: 'macro' })).toThrow(/did you mean "average"/);
    expect(() => precisionRecallFscoreSupport([1], [1], { beta: -1 })).toThrow(ConfigError);
  });
});
