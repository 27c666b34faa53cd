import { describe, expect, test } from 'vitest';
import {
  type Picture,
  plotConfusionMatrix,
  plotLabelHistogram,
  plotLabelOutcomes,
  plotLog,
  plotRocCurves,
  plotValueHistogram,
  ShapeError,
} from '../../lib/index.js';
import { readableNames, readableText } from '../../lib/plots/picture.js';

type Values = Record<string, number | string>[];

function valuesOf(picture: Picture): Values {
  return (picture.spec['data'] as { values: Values }).values;
}

describe('plotLog', () => {
  test('puts losses, metrics and the optimizer into pictures of their own, and leaves speed and gaps out', () => {
    const pictures = plotLog([
      { step: 1, epoch: 0.5, loss: 0.7, gradNorm: NaN, learningRate: 1e-3 },
      { step: 2, epoch: 1, evalLoss: 0.6, evalF1Macro: 0.5, evalRuntime: 3, evalSamplesPerSecond: 9 },
      { step: 2, epoch: 1, totalFlos: 9, trainRuntime: 1, trainLoss: 0.7 },
    ]);
    expect(pictures.map(({ name }) => name)).toEqual(['loss', 'metrics', 'optimization']);
    expect(valuesOf(pictures[0]!)).toEqual([
      { panel: 'loss', series: 'train', step: 1, value: 0.7 },
      { panel: 'loss', series: 'eval', step: 2, value: 0.6 },
    ]);
    expect(valuesOf(pictures[1]!)).toEqual([{ panel: 'f1 macro', series: 'eval', step: 2, value: 0.5 }]);
    expect(valuesOf(pictures[2]!).map(({ panel }) => panel)).toEqual(['learning rate']);
    expect(plotLog([])).toEqual([]);
  });

  test('draws the extremes of a long run', () => {
    const log = Array.from({ length: 50_000 }, (_, step) => ({ step, loss: step === 31_234 ? 99 : Math.sin(step) }));
    const values = valuesOf(plotLog(log)[0]!);
    expect(values.length).toBeLessThanOrEqual(1000);
    expect(values).toContainEqual({ panel: 'loss', series: 'train', step: 31_234, value: 99 });
    const steps = values.map(({ step }) => step as number);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });
});

describe('plotConfusionMatrix', () => {
  test('colours each row by its shares', () => {
    const values = valuesOf(
      plotConfusionMatrix(
        [
          [3, 1],
          [0, 0],
        ],
        ['a', 'b'],
      ),
    );
    expect(values.map(({ count, share }) => [count, share])).toEqual([
      [3, 0.75],
      [1, 0.25],
      [0, 0],
      [0, 0],
    ]);
  });

  test('shows the classes with most rows, the others as one', () => {
    const size = 40;
    const matrix = Array.from({ length: size }, (_, i) => Array.from({ length: size }, (_, j) => (i === j ? i : 1)));
    const labels = matrix.map((_, i) => `L${i}`);
    const values = valuesOf(plotConfusionMatrix(matrix, labels));
    expect(values).toHaveLength(30 * 30);
    expect(values.some(({ row }) => row === 'L3')).toBe(false);
    const total = matrix.flat().reduce((sum, count) => sum + count, 0);
    expect(values.reduce((sum, { count }) => sum + (count as number), 0)).toBe(total);
    expect(values.some(({ row, column }) => row === '(others)' && column === 'L39')).toBe(true);
  });
});

describe('plotLabelHistogram', () => {
  test('shows frequent labels, and the rest of each set as one', () => {
    const counts = Array.from({ length: 50 }, (_, i) => i);
    const values = valuesOf(plotLabelHistogram({ train: counts, eval: counts }, counts.map(String)));
    expect(values).toHaveLength(2 * 30);
    const others = values.filter(({ label }) => label === '(others)');
    expect(others.map(({ rows }) => rows)).toEqual([210, 210]);
  });
});

describe('pictures', () => {
  test('refuse numbers that do not fit the names', () => {
    expect(() => plotConfusionMatrix([[1, 2]], ['a'])).toThrow(ShapeError);
    expect(() => plotLabelHistogram({ train: [1] }, ['a', 'b'])).toThrow(
      /train must have a count per label \(2\), got 1/,
    );
    expect(() => plotRocCurves([{ label: 'a', fpr: [0, 1], tpr: [0], auc: 1 }])).toThrow(ShapeError);
    const outcomes = { truePositives: [1], falseNegatives: [1], falsePositives: [] };
    expect(() => plotLabelOutcomes(outcomes, ['a'])).toThrow(/false alarm must be one per label/);
  });

  test('name values, bins and curves', () => {
    const bins = { train: { edges: [0, 1, 2], counts: [4, 9] } };
    const about = { of: 'lengths', title: 'Tokens', axis: 'tokens' };
    expect(valuesOf(plotValueHistogram(bins, about))).toEqual([
      { set: 'train', begin: 0, end: 1, rows: 4 },
      { set: 'train', begin: 1, end: 2, rows: 9 },
    ]);
    const text = JSON.stringify(plotRocCurves([{ label: 'x'.repeat(99), fpr: [0, 1], tpr: [0, 1], auc: 0.5 }]));
    expect(text).toContain(`${'x'.repeat(39)}…, AUC 0.500`);
  });
});

test('labels are shown without what XML cannot hold, shortened, and told apart', () => {
  expect(readableText('a\u0000\n\ud800b\u202e😀')).toBe('a\ufffd\ufffd\ufffdb\ufffd😀');
  const long = 'y'.repeat(60);
  expect(readableNames(['a', 'a', `${long}1`, `${long}2`, 'a (2)'])).toEqual([
    'a',
    'a (2)',
    `${'y'.repeat(39)}…`,
    `${'y'.repeat(39)}… (2)`,
    'a (2) (2)',
  ]);
});
