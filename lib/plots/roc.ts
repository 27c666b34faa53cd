import { ShapeError } from '../util/errors.js';
import { makePicture, type Picture, readableNames, SERIES_COLORS } from './picture.js';

/** The ROC curve of a label. */
export interface LabelRoc {
  label: string;
  /** Share of the other rows at or above each threshold, from 0 to 1. */
  fpr: ArrayLike<number>;
  /** Share of the label's rows at or above each threshold, from 0 to 1. */
  tpr: ArrayLike<number>;
  /** Area under the curve. */
  auc: number;
}

/** Points of a curve that are drawn. */
const MOST_POINTS = 300;

/**
 * ROC curves, one per label, with their areas; the first eight are drawn.
 *
 * @param curves What {@link rocCurve} gives, with the label's name and the area under it.
 * @throws {ShapeError} A curve has unequal numbers of coordinates.
 *
 * @example
 * ```ts
 * import { plotRocCurves, rocAucScore, rocCurve } from 'gridstride';
 * const [truth, scores] = [[0, 1, 0, 1], [0.1, 0.4, 0.35, 0.8]];
 * const picture = plotRocCurves([{ label: 'spam', ...rocCurve(truth, scores), auc: rocAucScore(truth, scores) as number }]);
 * console.log(picture.name); // roc
 * ```
 */
export function plotRocCurves(curves: readonly LabelRoc[]): Picture {
  const drawn = curves.slice(0, SERIES_COLORS.length);
  for (const { label, fpr, tpr } of drawn)
    if (fpr.length !== tpr.length)
      throw new ShapeError(`plotRocCurves: ${label} must have as many fpr as tpr, got ${fpr.length} and ${tpr.length}`);
  const plain = readableNames(drawn.map(({ label }) => label));
  const names = drawn.map(({ auc }, i) => `${plain[i]}, AUC ${auc.toFixed(3)}`);
  const values = drawn.flatMap(({ fpr, tpr }, c) => {
    const last = fpr.length - 1;
    const count = Math.min(MOST_POINTS, fpr.length);
    return Array.from({ length: count }, (_, k) => {
      const i = count === 1 ? 0 : Math.round((k / (count - 1)) * last);
      return { curve: names[c]!, fpr: fpr[i]!, tpr: tpr[i]!, order: k };
    }).filter((point) => Number.isFinite(point.fpr) && Number.isFinite(point.tpr));
  });
  return makePicture('roc', 'ROC curves', {
    width: 360,
    height: 360,
    layer: [
      {
        data: { values: [{ from: 0, to: 1 }] },
        mark: { type: 'rule', strokeDash: [4, 4], color: '#999' },
        encoding: {
          x: { field: 'from', type: 'quantitative' },
          y: { field: 'from', type: 'quantitative' },
          x2: { field: 'to' },
          y2: { field: 'to' },
        },
      },
      {
        data: { values },
        mark: 'line',
        encoding: {
          x: { field: 'fpr', type: 'quantitative', title: 'false positive rate', scale: { domain: [0, 1] } },
          y: { field: 'tpr', type: 'quantitative', title: 'true positive rate', scale: { domain: [0, 1] } },
          order: { field: 'order', type: 'quantitative' },
          color: {
            field: 'curve',
            type: 'nominal',
            title: null,
            sort: names,
            scale: { domain: names, range: SERIES_COLORS.slice(0, names.length) },
          },
        },
      },
    ],
  });
}
