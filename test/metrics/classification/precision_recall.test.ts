import { describe, expect, it } from 'vitest';
import {
  type Average,
  f1Score,
  precisionRecallFscoreSupport,
  precisionScore,
  recallScore,
} from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

describe('precisionRecallFscoreSupport', () => {
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
    expect(() => score({ average: 'sample' as Average })).toThrow(
      'f1Score: average must be binary, micro, macro, weighted, samples or null, got sample',
    );
    expect(() => score({ average: 'samples' })).toThrow('average must be other than samples for one label a row');
    expect(() => score({ zeroDivision: 2 })).toThrow("f1Score: zeroDivision must be 0, 1, NaN or 'warn', got 2");
    expect(() => score({ average: 'macro', labels: [1, 1] })).toThrow('f1Score: labels must not repeat, got 1 twice');
    expect(() => score({ average: 'macro', labels: ['1'] })).toThrow(DataError);
    expect(() => score({ averge: 'macro' })).toThrow(/did you mean "average"/);
    expect(() => precisionRecallFscoreSupport([1], [1], { beta: -1 })).toThrow(ConfigError);
    expect(() => score({ beta: 2 })).toThrow('f1Score: option must be one of');
    expect(() => f1Score([[1, 0]], [[1, 0]])).toThrow('average must be micro, macro, weighted, samples or null');
    expect(() => f1Score([[1, 0]], [[1, 0]], { average: 'macro', labels: [2] })).toThrow('columns from 0 to 1, got 2');
  });
});

describe("zeroDivision: 'warn'", () => {
  it('gives 0 and one warning of the process that names the scores', async () => {
    const warnings: (Error & { code?: string })[] = [];
    const listen = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', listen);
    const score = precisionRecallFscoreSupport([0, 1, 2], [0, 0, 2], { average: 'macro', zeroDivision: 'warn' });
    expect(score.precision).toBeCloseTo(0.5, 12);
    f1Score([0, 1], [0, 0], { zeroDivision: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(warnings.map(({ name, code, message }) => ({ name, code, message }))).toEqual([
      {
        name: 'UndefinedMetricWarning',
        code: 'GRIDSTRIDE_UNDEFINED_METRIC',
        message:
          'precisionRecallFscoreSupport: nothing to divide by, so 0 is taken for precision of 1 of 3; ' +
          'zeroDivision chooses the value',
      },
    ]);
  });
});
