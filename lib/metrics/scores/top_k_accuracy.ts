import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { type Label, type LabelList, encodeLabels } from '../input/labels.js';
import { readWeights, totalOver } from '../input/lists.js';
import { type NumberTable, readNumbers } from '../input/tables.js';
import { readBinary } from './binary.js';
import { readColumns } from './columns.js';

/** What {@link topKAccuracyScore} takes. */
export interface TopKOptions {
  /** How many of the highest scores count; 2 by default. */
  k?: number;
  /** A share of the rows (the default), or with false their number. */
  normalize?: boolean;
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
  /** The class of each column of `yScore`, in their order; all that occur in `yTrue`, sorted, by default. */
  labels?: readonly Label[];
}

/**
 * The share of rows whose class is among the k with the highest scores. Values are those of scikit-learn's
 * top_k_accuracy_score; of equal scores the later column counts as higher.
 *
 * @param yTrue The true label of each row.
 * @param yScore A table of scores with a column per class; of two classes, the scores of the second, which is predicted
 *   above 0.5 where all are from 0 to 1, above 0 otherwise.
 * @throws {DataError} Sizes that do not fit, no rows, labels of mixed types or not among `labels`.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { topKAccuracyScore } from 'gridstride';
 * console.log(topKAccuracyScore([0, 1, 2], [[5, 2, 1], [3, 2, 4], [0, 2, 1]])); // 0.6666666666666666
 * ```
 */
export function topKAccuracyScore(
  yTrue: LabelList,
  yScore: ArrayLike<number> | NumberTable,
  options: TopKOptions = {},
): number {
  const where = 'topKAccuracyScore';
  checkOptionNames(where, options, ['k', 'normalize', 'sampleWeight', 'labels']);
  const { k = 2, normalize = true, labels, sampleWeight } = options;
  if (!Number.isInteger(k) || k < 1) throw new ConfigError(`${where}: k must be an integer from 1, got ${k}`, { k });
  const scores = readNumbers(where, 'yScore', yScore);
  const isHit = scores.columns === 1 ? hitOfTwo(where, yTrue, yScore, options) : undefined;
  const { rows, columns, data } = scores;
  const places = isHit === undefined ? readColumns(where, yTrue, scores, 'yScore', labels) : undefined;
  const isAmongTop = (row: number): boolean => {
    const own = row * columns + places![row]!;
    let above = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++)
      if (data[i]! > data[own]! || (data[i] === data[own] && i > own)) above += 1;
    return above < k;
  };
  const weights = readWeights(where, sampleWeight, rows);
  return totalOver(rows, (row) => ((isHit ?? isAmongTop)(row) ? 1 : 0), weights, normalize);
}

/** One column decides between two classes; with k of 2 every row is right. */
function hitOfTwo(
  where: string,
  yTrue: LabelList,
  yScore: ArrayLike<number> | NumberTable,
  { k = 2, labels }: TopKOptions,
): (row: number) => boolean {
  const classes = labels ?? encodeLabels(where, { yTrue }).classes;
  if (classes.length !== 2) {
    const got = `one column for ${classes.length}`;
    throw new ConfigError(`${where}: yScore must have a column per class unless they are two, got ${got}`);
  }
  const { truth, scores } = readBinary(where, yTrue, yScore, { posLabel: classes[1]! });
  const threshold = scores.every((score) => score >= 0 && score <= 1) ? 0.5 : 0;
  return (row) => k > 1 || scores[row]! > threshold === (truth[row] === 1);
}
