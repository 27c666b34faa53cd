import { describe, expect, it } from 'vitest';
import {
  type ClassificationMetricsOptions,
  accuracyScore,
  balancedAccuracyScore,
  bestThresholds,
  classificationMetrics,
  f1Score,
  hammingLoss,
  matthewsCorrcoef,
  precisionScore,
  recallScore,
} from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import { addInBatches, differences, makeRandom } from './batches.js';

const AVERAGES = ['Micro', 'Macro', 'Weighted'] as const;

function averaged(truth: Parameters<typeof f1Score>[0], predicted: typeof truth, labels: number[]) {
  const entries = AVERAGES.flatMap((name) => {
    const options = { average: name.toLowerCase() as 'micro', labels };
    return [
      [`precision${name}`, precisionScore(truth, predicted, options)],
      [`recall${name}`, recallScore(truth, predicted, options)],
      [`f1${name}`, f1Score(truth, predicted, options)],
    ] as const;
  });
  return Object.fromEntries(entries);
}

const argmax = (row: readonly number[]): number => row.indexOf(Math.max(...row));
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe('one label a row', () => {
  const random = makeRandom(1);
  // Class 4 never occurs, and ties are frequent: the first of equal logits is predicted.
  const logits = Array.from({ length: 200 }, () => [0, 1, 2, 3].map(() => Math.round(random() * 6 - 3)).concat(-9));
  const labels = logits.map((row) => (random() < 0.6 ? argmax(row) : Math.floor(random() * 4)));
  const predicted = logits.map(argmax);

  it('scores all rows as the functions do', () => {
    const wanted = {
      accuracy: accuracyScore(labels, predicted),
      balancedAccuracy: balancedAccuracyScore(labels, predicted),
      matthewsCorrcoef: matthewsCorrcoef(labels, predicted),
      ...averaged(labels, predicted, [0, 1, 2, 3]),
    };
    const got = addInBatches(classificationMetrics({ metrics: Object.keys(wanted) }), logits, labels);
    expect(differences(got, wanted)).toEqual([]);
    expect(Object.keys(addInBatches(classificationMetrics(), logits, labels))).toEqual(['accuracy', 'f1Macro']);
  });

  it('averages over the labels asked for, and over those that occur otherwise', () => {
    const over = (chosen?: number[]) =>
      addInBatches(classificationMetrics(chosen ? { labels: chosen } : {}), logits, labels)['f1Macro'];
    expect(over([3, 0])).toBeCloseTo(f1Score(labels, predicted, { average: 'macro', labels: [3, 0] }), 12);
    expect(over([0, 1, 2, 3, 4])).toBeCloseTo(over()! * (4 / 5), 12);
  });

  it('skips -100 and takes a label per token', () => {
    const metrics = classificationMetrics();
    metrics.add({ predictions: [[0, 1, 1, 0, 0, 2], [9, 0], []], labelIds: [[1, -100, 0], -100, []] });
    expect(metrics.compute()['accuracy']).toBe(0.5);
  });

  it('forgets on reset', () => {
    const metrics = classificationMetrics();
    metrics.add({ predictions: [[0, 1]], labelIds: [0] });
    metrics.reset();
    expect(() => metrics.compute()).toThrow(DataError);
    metrics.add({ predictions: [[0, 1, 2]], labelIds: [2] });
    expect(metrics.compute()).toEqual({ accuracy: 1, f1Macro: 1 });
  });
});

describe('several labels a row', () => {
  const random = makeRandom(2);
  const logits = Array.from({ length: 150 }, () => [0, 1, 2].map((i) => Math.fround(random() * 8 - 4 - i)));
  const labels = logits.map((row) => row.map((x) => (sigmoid(x) > random() ? 1 : 0)));
  const problemType = 'multi_label_classification';

  it.each([0.5, 0.25, [0.2, 0.5, 0.9], [1.5, -1, 0.5]])(
    'scores all rows as the functions do, threshold %s',
    (threshold) => {
      const predicted = logits.map((row) =>
        row.map((x, i) => (sigmoid(x) >= (typeof threshold === 'number' ? threshold : threshold[i]!) ? 1 : 0)),
      );
      const wanted = {
        subsetAccuracy: accuracyScore(labels, predicted),
        hammingLoss: hammingLoss(labels, predicted),
        ...averaged(labels, predicted, [0, 1, 2]),
      };
      const metrics = classificationMetrics({ problemType, threshold, metrics: Object.keys(wanted) });
      expect(differences(addInBatches(metrics, logits, labels), wanted)).toEqual([]);
    },
  );

  it('predicts a label that lies on the threshold', () => {
    expect(addInBatches(classificationMetrics({ problemType }), [[0]], [[1]])['subsetAccuracy']).toBe(1);
  });

  it('reaches with the best thresholds the scores that were found with them', () => {
    const best = bestThresholds(
      labels,
      logits.map((row) => row.map(sigmoid)),
    );
    const metrics = classificationMetrics({ problemType, threshold: best.thresholds });
    const got = addInBatches(metrics, logits, labels);
    expect(got['f1Macro']).toBeCloseTo((best.scores[0]! + best.scores[1]! + best.scores[2]!) / 3, 12);
    expect(Object.keys(got)).toEqual(['f1Micro', 'f1Macro', 'subsetAccuracy']);
  });
});

describe('misuse', () => {
  const add = (options: ClassificationMetricsOptions, predictions: ArrayLike<number>[], labelIds: unknown[]) => () =>
    classificationMetrics(options).add({ predictions, labelIds: labelIds as number[] });
  const multi = { problemType: 'multi_label_classification' } as const;

  it('of data is refused with DataError', () => {
    const wrong: [() => void, string][] = [
      [add({}, [[0, 1]], []), 'predictions and labelIds must have the same length, got 1 and 0'],
      [add({}, 5 as never, []), 'predictions must be an array, got 5'],
      [add({}, [[0, 1]], [undefined]), 'each of labelIds must be an array or a typed array, got undefined'],
      [add({}, [null as never], [1]), 'each of predictions must be an array or a typed array, got null'],
      [add({}, [[0, 1]], [2]), 'labels must be integers from 0 to 1, got 2'],
      [add({}, [[0, 1]], [0.5]), 'labels must be integers from 0 to 1, got 0.5'],
      [add({}, [[0, Number.NaN]], [1]), 'predictions must be numbers, got NaN'],
      [
        add(
          {},
          [
            [0, 1],
            [0, 1, 2],
          ],
          [0, 0],
        ),
        'every row must have as many outputs, got 2 and 3',
      ],
      [add({}, [[0, 1, 2]], [[0, 1]]), 'outputs must be as many for each label, got 3 for 2'],
      [add(multi, [[0, 1]], [1]), 'each row must have 2 labels of 0 or 1, got 1'],
      [add(multi, [[0, 1]], [[1]]), 'each row must have 2 labels of 0 or 1, got [1]'],
      [add(multi, [[0, 1]], [[1, 2]]), 'each row must have 2 labels of 0 or 1, got [1,2]'],
      [add(multi, [[0, Number.NaN]], [[1, 0]]), 'predictions must be numbers, got NaN'],
    ];
    for (const [act, text] of wrong) {
      expect(act).toThrow(DataError);
      expect(act).toThrow(`classificationMetrics: ${text}`);
    }
    expect(() => classificationMetrics().compute()).toThrow('there must be at least one label to compute metrics');
  });

  it('of options is refused with ConfigError', () => {
    const make = (options: object) => () => classificationMetrics(options);
    const wrong: [() => unknown, string][] = [
      [make({ metrics: ['f1macro'] }), 'metrics must be some of accuracy, balancedAccuracy, '],
      [make({ metrics: [] }), 'got none'],
      [make({ metrics: 'accuracy' }), 'metrics must be an array, got "accuracy"'],
      [make({ problemType: 'regression' }), 'problemType must be single_label_classification or multi_'],
      [make({ threshold: 0.5 }), 'threshold must be left out for one label a row, got 0.5'],
      [make({ ...multi, threshold: [0.5, Number.NaN] }), 'threshold must be a number or one per label'],
      [add({ ...multi, threshold: [0.5] }, [[0, 1]], [[1, 0]]), 'threshold must be one per label, got 1 for 2'],
      [make({ labels: [0, 0] }), 'labels must be distinct integers from 0, got [0,0]'],
      [make({ treshold: 1 }), 'did you mean "threshold"'],
    ];
    for (const [act, text] of wrong) {
      expect(act).toThrow(ConfigError);
      expect(act).toThrow(text);
    }
    const metrics = classificationMetrics({ ...multi, labels: [2] });
    metrics.add({ predictions: [[0, 1]], labelIds: [[1, 0]] });
    expect(() => metrics.compute()).toThrow('labels must be from 0 to 1, got 2');
  });
});
