import { expect, it } from 'vitest';
import {
  accuracyScore,
  averagePrecisionScore,
  bestThresholds,
  brierScoreLoss,
  classificationReport,
  cohenKappaScore,
  confusionMatrix,
  f1Score,
  hammingLoss,
  type LabelList,
  logLoss,
  matthewsCorrcoef,
  rocAucScore,
} from '../../lib/index.js';

const truth = [0, 1, 1, 0, 1];
const said = [0, 1, 0, 0, 1];
const scores = [0.2, 0.7, 0.4, 0.6, 0.9];
const asBooleans = (labels: readonly number[]): boolean[] => labels.map(Boolean);

// As scikit-learn has it: numpy's booleans are the numbers 0 and 1.
it.each<[string, (yTrue: LabelList, yPred: LabelList) => unknown]>([
  ['accuracy', (a, b) => accuracyScore(a, b)],
  ['f1', (a, b) => f1Score(a, b)],
  ['confusion matrix', (a, b) => confusionMatrix(a, b)],
  ['report', (a, b) => classificationReport(a, b)],
  ['Matthews', (a, b) => matthewsCorrcoef(a, b)],
  ['kappa', (a, b) => cohenKappaScore(a, b)],
  ['ROC AUC', (a) => rocAucScore(a, scores)],
  ['average precision', (a) => averagePrecisionScore(a, scores)],
  ['Brier', (a) => brierScoreLoss(a, scores)],
  ['log loss', (a) => logLoss(a, scores)],
  ['thresholds', (a) => bestThresholds(a, scores)],
])('%s takes truth values as the classes 0 and 1, also beside numbers', (_, metric) => {
  const expected = metric(truth, said);
  expect(metric(asBooleans(truth), asBooleans(said))).toEqual(expected);
  expect(metric(asBooleans(truth), said)).toEqual(expected);
  expect(metric(truth, asBooleans(said))).toEqual(expected);
});

it('tables of labels take truth values too', () => {
  const [yTrue, yPred] = [[truth, said].map(asBooleans), [said, said].map(asBooleans)];
  expect(f1Score(yTrue, yPred, { average: 'samples' })).toBe(
    f1Score([truth, said], [said, said], { average: 'samples' }),
  );
  expect(hammingLoss(yTrue, [said, said])).toBe(0.1);
  expect(() => f1Score(yTrue, ['ab', 'cd'] as never)).toThrow('yTrue and yPred must be both lists');
  expect(() => f1Score(asBooleans(truth), ['a', 'b', 'a', 'a', 'b'])).toThrow('all integers or all strings');
});
