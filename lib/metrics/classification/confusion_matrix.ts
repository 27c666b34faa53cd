import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { readWeights } from '../input/lists.js';
import { type Label, type LabelList, chooseLabels, placesAmong } from '../input/labels.js';
import { readClasses } from './targets.js';

/** What {@link confusionMatrix} takes. */
export interface ConfusionMatrixOptions {
  /** The classes, in this order; all that occur, sorted, by default. Rows of other classes are left out. */
  labels?: readonly Label[];
  /** Shares in place of counts: of the true class, of the predicted class, or of all rows. */
  normalize?: 'true' | 'pred' | 'all';
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
}

/**
 * How many rows of class i were predicted as class j. Values are those of scikit-learn's confusion_matrix.
 *
 * @param yTrue The true label of each row.
 * @param yPred The predicted label of each row.
 * @returns (classes, classes): rows are true classes, columns predicted ones.
 * @throws {DataError} Unequal lengths, no rows, labels of mixed types, or none of the given labels in `yTrue`.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { confusionMatrix } from 'gridstride';
 * confusionMatrix(['ham', 'ham', 'spam'], ['ham', 'spam', 'spam']); // [[1, 1], [0, 1]]
 * ```
 */
export function confusionMatrix(yTrue: LabelList, yPred: LabelList, options: ConfusionMatrixOptions = {}): number[][] {
  const where = 'confusionMatrix';
  checkOptionNames(where, options, ['labels', 'normalize', 'sampleWeight']);
  const { normalize } = options;
  if (normalize !== undefined && !['true', 'pred', 'all'].includes(normalize)) {
    throw new ConfigError(`${where}: normalize must be true, pred or all, got ${String(normalize)}`, { normalize });
  }
  const counts = countPairs(where, yTrue, yPred, options);
  return normalize === undefined ? counts : toShares(counts, normalize);
}

/**
 * Rows (or their weight) by true and predicted class.
 * @throws {DataError} None of the classes asked for is in `yTrue`.
 * @internal
 */
export function countPairs(
  where: string,
  yTrue: LabelList,
  yPred: LabelList,
  options: Pick<ConfusionMatrixOptions, 'labels' | 'sampleWeight'>,
): number[][] {
  const { present, truth, predicted } = readClasses(where, yTrue, yPred);
  const weights = readWeights(where, options.sampleWeight, truth.length);
  const labels = chooseLabels(where, present, options.labels);
  const places = placesAmong(present, labels);
  const counts = labels.map(() => Array.from({ length: labels.length }, () => 0));
  let isAnyThere = false;
  for (let i = 0; i < truth.length; i++) {
    const actual = places[truth[i]!]!;
    const guess = places[predicted[i]!]!;
    isAnyThere ||= actual >= 0;
    if (actual >= 0 && guess >= 0) counts[actual]![guess]! += weights === undefined ? 1 : weights[i]!;
  }
  if (isAnyThere) return counts;
  const got = labels.join(', ') || 'none';
  throw new DataError(`${where}: at least one of labels must be in yTrue, got ${got}`, { labels });
}

function toShares(counts: number[][], by: 'true' | 'pred' | 'all'): number[][] {
  const rowTotals = counts.map((row) => row.reduce((total, count) => total + count, 0));
  const columnTotals = counts.map((_, column) => counts.reduce((total, row) => total + row[column]!, 0));
  const all = rowTotals.reduce((total, count) => total + count, 0);
  return counts.map((row, i) =>
    row.map((count, j) => {
      const total = by === 'all' ? all : by === 'true' ? rowTotals[i]! : columnTotals[j]!;
      return total === 0 ? 0 : count / total;
    }),
  );
}

/**
 * A confusion matrix as text: a line for each true class, a column for each predicted one.
 *
 * @param matrix (classes, classes), as {@link confusionMatrix} gives it.
 * @param names The classes' names, in the matrix's order.
 * @throws {DataError} There are not as many names as rows and columns.
 *
 * @example
 * ```ts
 * import { formatConfusionMatrix } from 'gridstride';
 * console.log(formatConfusionMatrix([[10, 1], [2, 7]], ['ham', 'spam']));
 * ```
 */
export function formatConfusionMatrix(matrix: readonly (readonly number[])[], names: readonly string[]): string {
  if (matrix.length !== names.length || matrix.some((row) => row.length !== names.length)) {
    const got = `${matrix.length} rows and ${names.length} names`;
    throw new DataError(`formatConfusionMatrix: names must be as many as rows and columns, got ${got}`);
  }
  const corner = 'true \\ predicted';
  const cells = matrix.map((row) => row.map((value) => (Number.isInteger(value) ? String(value) : value.toFixed(3))));
  const first = Math.max(corner.length, ...names.map((name) => name.length));
  const widths = names.map((name, column) => Math.max(name.length, ...cells.map((row) => row[column]!.length)));
  const line = (head: string, values: readonly string[]): string =>
    [head.padStart(first), ...values.map((value, column) => value.padStart(widths[column]!))].join('  ');
  return `${[line(corner, names), ...cells.map((row, i) => line(names[i]!, row))].join('\n')}\n`;
}
