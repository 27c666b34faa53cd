import { describe, expect, test } from 'vitest';
import { confusionMatrix, multilabelConfusionMatrix, PhiloxRandom, rocAucScore } from '../../../lib/index.js';
import { EvaluationRecorder } from '../../../lib/train/report/evaluation_record.js';

const SINGLE = 'single_label_classification';
const MULTI = 'multi_label_classification';
const NAMES = ['a', 'b', 'c'];

/** Logits and labels that agree more often than not. */
function draw(rows: number, width: number, labelOf: (i: number) => number | number[], seed: number) {
  const random = new PhiloxRandom(seed);
  const labelIds = Array.from({ length: rows }, (_, i) => labelOf(i));
  const predictions = labelIds.map((label) => {
    const isThere = (i: number) => (typeof label === 'number' ? label === i : label[i] === 1);
    return Float32Array.from({ length: width }, (_, i) => 4 * random.nextFloat() + (isThere(i) ? 1 : 0) - 2);
  });
  return { predictions, labelIds };
}

function recorded(batch: ReturnType<typeof draw>, problemType: string, names = NAMES) {
  const recorder = new EvaluationRecorder();
  recorder.add({ predictions: [[9, 9, 9]], labelIds: [0] }, SINGLE);
  recorder.reset();
  const half = batch.predictions.length >> 1;
  for (const [from, to] of [
    [0, half],
    [half, batch.predictions.length],
  ])
    recorder.add(
      { predictions: batch.predictions.slice(from, to), labelIds: batch.labelIds.slice(from, to) },
      problemType,
    );
  return recorder.record(7, names);
}

describe('the record of an evaluation', () => {
  test('holds the confusion matrix and ROC curves of classes', () => {
    const batch = draw(600, 3, (i) => i % 3, 3);
    const record = recorded(batch, SINGLE)!;
    const labels = batch.labelIds as number[];
    const predicted = batch.predictions.map((row) => row.indexOf(Math.max(...row)));
    expect(record).toMatchObject({ step: 7, rows: 600, labels: NAMES, confusion: confusionMatrix(labels, predicted) });
    expect(record.roc.map(({ label }) => label)).toEqual(NAMES);
    for (const [c, { auc, fpr, tpr }] of record.roc.entries()) {
      const scores = batch.predictions.map((row) => {
        const powers = Array.from(row, (logit) => Math.exp(logit));
        return powers[c]! / powers.reduce((sum, power) => sum + power, 0);
      });
      const truth = labels.map((label) => Number(label === c));
      // Rows within 0.01 of log-odds count as ties.
      expect(auc).toBeCloseTo(rocAucScore(truth, scores) as number, 3);
      expect([fpr[0], tpr[0], fpr.at(-1), tpr.at(-1)]).toEqual([0, 0, 1, 1]);
      expect(fpr.length).toBeLessThanOrEqual(200);
    }
  });

  test('counts found, missed and wrong labels where rows have several', () => {
    const batch = draw(300, 3, (i) => [i % 2, Number(i % 5 === 0), 1], 4);
    const record = recorded(batch, MULTI)!;
    const predicted = batch.predictions.map((row) => Array.from(row, (logit) => Number(logit >= 0)));
    const matrices = multilabelConfusionMatrix(batch.labelIds as number[][], predicted) as unknown as number[][][];
    const cells = (row: number, column: number) => matrices.map((matrix) => matrix[row]![column]!);
    expect(record.outcomes).toEqual({
      truePositives: cells(1, 1),
      falseNegatives: cells(1, 0),
      falsePositives: cells(0, 1),
    });
    // A label that every row has has no curve.
    expect(record.roc.map(({ label }) => label)).toEqual(['a', 'b']);
  });

  test('counts tokens, skips ignored ones, and passes over what is no classification', () => {
    const perToken = { predictions: [Float32Array.of(2, 1, 0, 3, 5, 1)], labelIds: [[0, 1, -100]] };
    expect(recorded(perToken, SINGLE, ['x', 'y'])).toMatchObject({
      rows: 2,
      confusion: [
        [1, 0],
        [0, 1],
      ],
    });
    expect(recorded({ predictions: [Float32Array.of(2)], labelIds: [0.5] }, 'regression')).toBeUndefined();
    expect(recorded({ predictions: [Float32Array.of(2, 1)], labelIds: [-100] }, SINGLE)).toBeUndefined();
    expect(recorded({ predictions: [new Float32Array(1000)], labelIds: [3] }, SINGLE)).toBeUndefined();
    expect(recorded({ predictions: [Float32Array.of(NaN, NaN)], labelIds: [1] }, SINGLE)).toBeUndefined();
  });
});
