import { describe, expect, it } from 'vitest';
import {
  auc,
  averagePrecisionScore,
  bestThresholds,
  brierScoreLoss,
  calibrationCurve,
  expectedCalibrationError,
  logLoss,
  precisionRecallCurve,
  rocAucScore,
  rocCurve,
  topKAccuracyScore,
} from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

const OF_SCORES = [
  averagePrecisionScore,
  bestThresholds,
  brierScoreLoss,
  calibrationCurve,
  expectedCalibrationError,
  logLoss,
  precisionRecallCurve,
  rocAucScore,
  rocCurve,
  topKAccuracyScore,
];
type Metric = (yTrue: unknown, yScore: unknown, options?: object) => unknown;

describe.each(OF_SCORES.map((metric) => ({ name: metric.name, metric: metric as Metric })))(
  '$name',
  ({ metric, name }) => {
    it.each([
      ['unequal lengths', [0, 1, 1], [0.1, 0.2], 'must have the same length, got 3 and 2'],
      ['no rows', [], [], 'got none'],
      ['scores that are NaN', [0, 1], [0.5, Number.NaN], 'must be finite numbers, got NaN at 1'],
      ['scores that are infinite', [0, 1], [Infinity, 0], 'must be finite numbers, got Infinity at 0'],
      ['scores that are texts', [0, 1], ['0.5', 1], 'must be finite numbers, got "0.5" at 0'],
      ['labels that are fractions', [0, 0.5], [0, 1], 'labels must be integers or strings, got 0.5'],
      ['no scores', [0, 1], undefined, 'must be an array or a typed array, got undefined'],
    ])('refuses %s', (_, yTrue, yScore, text) => {
      expect(() => metric(yTrue, yScore)).toThrow(DataError);
      expect(() => metric(yTrue, yScore)).toThrow(text);
      expect(() => metric(yTrue, yScore)).toThrow(new RegExp(`^${name}: `));
    });

    it('refuses options it does not know', () => {
      expect(() => metric([0, 1], [0, 1], { pos_lable: 1 })).toThrow(ConfigError);
    });
  },
);

describe('the positive class', () => {
  it('must be given where labels do not tell it', () => {
    expect(() => rocCurve(['a', 'b'], [0, 1])).toThrow(ConfigError);
    expect(() => rocCurve(['a', 'b'], [0, 1])).toThrow(
      'posLabel must be given for labels other than 0 and 1 or -1 and 1',
    );
    expect(() => brierScoreLoss(['a', 'b'], [0, 1])).toThrow(ConfigError);
    expect(() => averagePrecisionScore([2, 3], [0, 1])).toThrow('posLabel must be one of 2, 3, got 1');
    expect([...rocCurve([2, 3, 4], [0.1, 0.2, 0.3], { posLabel: 3 }).tpr]).toEqual([0, 0, 1, 1]);
    expect(brierScoreLoss([2, 3], [0, 1])).toBe(0);
  });
});

describe('several columns', () => {
  const table = [
    [0.5, 0.5, 0],
    [0, 0.5, 0.5],
  ];
  it('must fit the classes', () => {
    expect(() => rocAucScore([0, 1], table)).toThrow('multiClass must be ovr or ovo for more than two classes');
    expect(() => rocAucScore([0, 1], table, { multiClass: 'ovr' })).toThrow(
      'yScore must have a column per class, got 3 for 2: give labels where a class has no row',
    );
    expect(() => logLoss([0, 7], table, { labels: [0, 1, 2] })).toThrow('yTrue must be one of labels, got 7');
    expect(() => logLoss([0, 0], [0.5, 0.5])).toThrow('yProba must have a column per class, got 2 for 1');
    expect(() => rocAucScore([0, 1], [[1, 0]])).toThrow(DataError);
    expect(() => rocAucScore([[1, 0]], [[1, 0, 0]])).toThrow('yTrue and yScore must have as many columns, got 2 and 3');
    expect(() => topKAccuracyScore([0, 1, 2], [0, 1, 1])).toThrow('a column per class unless they are two');
    expect(() => calibrationCurve([0, 1, 2], [0, 1, 1], { posLabel: 1 })).toThrow('at most two classes, got 3');
  });

  it('must be probabilities where a metric is of probabilities', () => {
    expect(() => logLoss([0, 1], [1.5, 0])).toThrow('must be from 0 to 1, got 1.5 in row 0: of logits, give softmax');
    expect(() => brierScoreLoss([0, 1], [-0.5, 0])).toThrow('must be from 0 to 1, got -0.5');
    expect(() =>
      logLoss(
        [0, 1],
        [
          [0.5, 0.5],
          [0.5, 0.25],
        ],
      ),
    ).toThrow('yProba must sum to 1, got 0.75 in row 1');
    const auc3 = () => rocAucScore([0, 1, 2], [...table, [3, 1, 1]], { multiClass: 'ovr' });
    expect(auc3).toThrow('each row of yScore must sum to 1, got 5 in row 2');
  });

  it('take labels in the order of the columns', () => {
    const labels = ['spam', 'ham'];
    expect(
      logLoss(
        ['ham', 'spam'],
        [
          [0, 1],
          [1, 0],
        ],
        { labels },
      ),
    ).toBeCloseTo(0, 12);
    expect(
      topKAccuracyScore(
        ['ham', 'spam'],
        [
          [0, 1],
          [1, 0],
        ],
        { labels, k: 1 },
      ),
    ).toBe(1);
  });
});

describe('options', () => {
  it('out of range are refused', () => {
    const wrong: (() => unknown)[] = [
      () => rocAucScore([0, 1], [0, 1], { maxFpr: 0 }),
      () => rocAucScore([0, 1], [0, 1], { average: 'binary' as 'macro' }),
      () => rocAucScore([0, 1, 2], [[1, 0, 0]], { multiClass: 'ovo', average: null }),
      () => topKAccuracyScore([0, 1], [0, 1], { k: 0 }),
      () => calibrationCurve([0, 1], [0, 1], { nBins: 0 }),
      () => calibrationCurve([0, 1], [0, 1], { strategy: 'equal' as 'uniform' }),
      () => bestThresholds([0, 1], [0, 1], { metric: 'toString' as 'f1' }),
      () => brierScoreLoss([0, 1], [0, 1], { scaleByHalf: 'yes' as 'auto' }),
    ];
    for (const act of wrong) expect(act).toThrow(ConfigError);
  });
});

describe('brierScoreLoss', () => {
  it('is halved for two classes, in one column or two, and not for more', () => {
    const pair = [
      [0.5, 0.5],
      [0, 1],
    ];
    expect(brierScoreLoss([1, 1], pair, { labels: [0, 1] })).toBe(brierScoreLoss([1, 1], [0.5, 1]));
    expect(brierScoreLoss([1, 1], pair, { labels: [0, 1], scaleByHalf: false })).toBe(0.25);
    expect(brierScoreLoss([0, 1, 2], [...pair, [0, 0]].map((row) => [...row, 0]).with(2, [0, 0, 1]))).toBe(0.5 / 3);
  });
});

describe('logLoss', () => {
  it('keeps probabilities from 0 and 1 by the spacing of their type', () => {
    expect(logLoss([1, 0], Float32Array.of(0, 0))).toBeCloseTo(-Math.log(2 ** -23) / 2, 6);
    expect(logLoss([1, 0], [0, 0])).toBeCloseTo(-Math.log(2 ** -52) / 2, 12);
    expect(logLoss([1, 0], Float32Array.of(1, 0))).toBeCloseTo(2 ** -23, 12);
  });
});

describe('topKAccuracyScore', () => {
  it('takes the later of equal scores for the higher', () => {
    const options = { k: 1, labels: [0, 1, 2] };
    expect(topKAccuracyScore([1], [[0.5, 0.5, 0]], options)).toBe(1);
    expect(topKAccuracyScore([0], [[0.5, 0.5, 0]], options)).toBe(0);
  });
});

describe('auc', () => {
  it('refuses curves that turn back, single points and unequal lengths', () => {
    expect(() => auc([0, 1, 0.5], [0, 1, 1])).toThrow('x must go one way');
    expect(() => auc([0], [0])).toThrow('at least two points, got 1');
    expect(() => auc([0, 1], [0])).toThrow(DataError);
  });
});

describe('bestThresholds', () => {
  it('takes the highest of equally good thresholds and never predicts a label without rows', () => {
    const { thresholds, scores } = bestThresholds([0, 0, 0], [0.2, 0.5, 0.8]);
    expect(scores).toEqual([0]);
    expect(thresholds[0]).toBeGreaterThan(0.8);
    expect(Math.fround(thresholds[0]!)).toBeGreaterThan(Math.fround(0.8));
  });

  it('takes any metric of the counts, also one that is not defined everywhere', () => {
    const precision = ({ truePositives, falsePositives }: { truePositives: number; falsePositives: number }) =>
      truePositives / (truePositives + falsePositives);
    const best = bestThresholds([0, 1, 0, 1], [0.1, 0.2, 0.4, 0.8], { metric: precision });
    expect(best.scores).toEqual([1]);
    expect(best.thresholds[0]).toBeCloseTo(0.6, 12);
  });

  it('separates neighbouring numbers, and predicts everything where that is best', () => {
    const [low, high] = [1, 1 + Number.EPSILON];
    expect(bestThresholds([0, 1], [low, high]).thresholds).toEqual([high]);
    expect(bestThresholds([1, 1], [0, 0]).thresholds[0]).toBeLessThan(0);
  });
});
