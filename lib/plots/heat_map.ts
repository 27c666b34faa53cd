import { ShapeError } from '../util/errors.js';
import { frequentClasses, makePicture, type Picture, readableNames } from './picture.js';

/** A cell of a heat map: its number, and the share that colours it. */
interface Cell {
  row: string;
  column: string;
  count: number;
  share: number;
}

function heatMap(cells: readonly Cell[], axes: { rows: string[]; columns: string[]; x: string; y: string }) {
  const size = Math.max(28, Math.min(64, Math.floor(640 / axes.columns.length)));
  const shared = { type: 'nominal', axis: { labelAngle: 0 } };
  return {
    data: { values: cells },
    width: { step: size },
    height: { step: Math.min(size, 40) },
    encoding: {
      x: {
        field: 'column',
        type: 'nominal',
        sort: axes.columns,
        title: axes.x,
        axis: { orient: 'top', labelAngle: axes.columns.some((name) => 7 * name.length > size) ? -45 : 0 },
      },
      y: { field: 'row', ...shared, sort: axes.rows, title: axes.y },
    },
    layer: [
      {
        mark: 'rect',
        encoding: {
          color: {
            field: 'share',
            type: 'quantitative',
            scale: { scheme: 'blues', domain: [0, 1] },
            legend: { title: 'share of the row', format: '.0%' },
          },
        },
      },
      {
        mark: { type: 'text', fontSize: size < 40 ? 9 : 11 },
        encoding: {
          text: { field: 'count', type: 'quantitative', format: ',' },
          color: { condition: { test: 'datum.share > 0.5', value: 'white' }, value: 'black' },
        },
      },
    ],
  };
}

/** `count` over `total`, 0 of nothing. */
function shareOf(count: number, total: number): number {
  return total === 0 ? 0 : count / total;
}

/**
 * The matrix and labels of the classes with most rows; all others as one class, `(others)`.
 * @internal
 */
export function foldMatrix(
  matrix: readonly ArrayLike<number>[],
  labels: readonly string[],
): { matrix: number[][]; labels: string[] } {
  const sums = matrix.map((row) => Array.from(row).reduce((sum, count) => sum + count, 0));
  const { kept, hasOthers } = frequentClasses(sums);
  const place = new Map(kept.map((label, i) => [label, i]));
  const size = kept.length + (hasOthers ? 1 : 0);
  const folded = Array.from({ length: size }, () => Array.from({ length: size }, () => 0));
  for (const [i, row] of matrix.entries())
    for (let j = 0; j < row.length; j++) folded[place.get(i) ?? size - 1]![place.get(j) ?? size - 1]! += row[j]!;
  return { matrix: folded, labels: [...kept.map((i) => labels[i]!), ...(hasOthers ? ['(others)'] : [])] };
}

/**
 * A confusion matrix as a heat map, coloured by the share of each true class. Of more than 30 classes the ones with
 * most rows are shown, the others as one.
 *
 * @param matrix (classes, classes): how many rows of class i were predicted as class j, as {@link confusionMatrix} gives.
 * @param labels Names of the classes.
 * @throws {ShapeError} The matrix is not square, or has not as many classes as there are names.
 *
 * @example
 * ```ts
 * import { confusionMatrix, plotConfusionMatrix } from 'gridstride';
 * const matrix = confusionMatrix([0, 0, 1, 1], [0, 1, 1, 1]);
 * console.log(plotConfusionMatrix(matrix, ['ham', 'spam']).name); // confusion_matrix
 * ```
 */
export function plotConfusionMatrix(matrix: readonly ArrayLike<number>[], labels: readonly string[]): Picture {
  if (matrix.length !== labels.length || matrix.some((row) => row.length !== labels.length)) {
    const shape = [matrix.length, matrix[0]?.length ?? 0];
    const rule = `the matrix must be square with a row per label (${labels.length})`;
    throw new ShapeError(`plotConfusionMatrix: ${rule}, got (${shape.join(', ')})`, { shape });
  }
  const folded = foldMatrix(matrix, labels);
  const names = readableNames(folded.labels);
  const cells = folded.matrix.flatMap((row, i) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, j) => ({ row: names[i]!, column: names[j]!, count, share: shareOf(count, total) }));
  });
  const spec = heatMap(cells, { rows: names, columns: names, x: 'predicted', y: 'true' });
  return makePicture('confusion_matrix', 'Confusion matrix', spec);
}

/** How often each of several labels was found, missed, and predicted without being there. */
export interface LabelOutcomes {
  truePositives: ArrayLike<number>;
  falseNegatives: ArrayLike<number>;
  falsePositives: ArrayLike<number>;
}

/**
 * The confusion of labels that a row may have several of: a line per label with how often it was found, missed, and
 * predicted where it is not. Of more than 30 labels the most frequent ones are shown.
 *
 * @param labels Names of the labels.
 * @throws {ShapeError} The counts are not as many as the names.
 *
 * @example
 * ```ts
 * import { plotLabelOutcomes } from 'gridstride';
 * const outcomes = { truePositives: [5, 2], falseNegatives: [1, 0], falsePositives: [0, 3] };
 * console.log(plotLabelOutcomes(outcomes, ['joy', 'anger']).name); // confusion_matrix
 * ```
 */
export function plotLabelOutcomes(outcomes: LabelOutcomes, labels: readonly string[]): Picture {
  const counts = Object.entries({
    found: outcomes.truePositives,
    missed: outcomes.falseNegatives,
    'false alarm': outcomes.falsePositives,
  });
  for (const [name, { length }] of counts)
    if (length !== labels.length)
      throw new ShapeError(
        `plotLabelOutcomes: counts of ${name} must be one per label (${labels.length}), got ${length}`,
      );
  const support = labels.map((_, i) => outcomes.truePositives[i]! + outcomes.falseNegatives[i]!);
  const { kept } = frequentClasses(support);
  const names = readableNames(kept.map((i) => labels[i]!));
  const cells = kept.flatMap((label, i) => {
    const total = counts.reduce((sum, [, list]) => sum + list[label]!, 0);
    return counts.map(([column, list]) => {
      const count = list[label]!;
      return { row: names[i]!, column, count, share: shareOf(count, total) };
    });
  });
  const columns = counts.map(([name]) => name);
  const spec = heatMap(cells, { rows: names, columns, x: 'predictions', y: 'label' });
  return makePicture('confusion_matrix', 'Found and missed labels', spec);
}
