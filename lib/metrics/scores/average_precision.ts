import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import type { LabelTargets } from '../classification/targets.js';
import { type Label, type LabelList, encodeLabels } from '../input/labels.js';
import { readWeights } from '../input/lists.js';
import { type LabelTable, type NumberTable, isTable, readNumbers } from '../input/tables.js';
import { type BinaryRows, countByThreshold, readBinary } from './binary.js';
import { type ColumnAverage, averageColumns, checkAverage, oneHot, readColumns } from './columns.js';
import { readIndicatorLike } from './inputs.js';

/** What {@link averagePrecisionScore} takes. */
export interface AveragePrecisionOptions {
  /** How columns of a table are averaged; macro by default. */
  average?: ColumnAverage;
  /** The class that high scores speak for, of two; 1 by default. */
  posLabel?: Label;
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
}

/**
 * The mean of precisions over thresholds, each weighted by the recall it adds. Values are those of scikit-learn's
 * average_precision_score; 0 for a class without rows. All scores are held and sorted.
 *
 * @param yTrue The true label of each row, or a table of 0 and 1 with a column per label.
 * @param yScore Of two classes, the score of `posLabel` for each row; of more, or of several labels a row, a table with a
 *   column per class that occurs (sorted) or label.
 * @returns One number, or with `average: null` one per column.
 * @throws {DataError} Sizes that do not fit, no rows, labels of mixed types, or scores that are not finite.
 * @throws {ConfigError} An option is unknown, out of range or does not fit the labels.
 *
 * @example
 * ```ts
 * import { averagePrecisionScore } from 'gridstride';
 * console.log(averagePrecisionScore([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])); // 0.8333333333333333
 * ```
 */
export function averagePrecisionScore<Options extends AveragePrecisionOptions = AveragePrecisionOptions>(
  yTrue: LabelTargets,
  yScore: ArrayLike<number> | NumberTable,
  options?: Options,
): Options['average'] extends null ? number[] : number;
export function averagePrecisionScore(
  yTrue: LabelTargets,
  yScore: ArrayLike<number> | NumberTable,
  options: AveragePrecisionOptions = {},
): number | number[] {
  const where = 'averagePrecisionScore';
  checkOptionNames(where, options, ['average', 'posLabel', 'sampleWeight']);
  const { average = 'macro', posLabel = 1, sampleWeight } = options;
  checkAverage(where, average, ['micro', 'macro', 'weighted', 'samples', null]);
  const scores = readNumbers(where, 'yScore', yScore);
  const labels = isTable(yTrue) ? undefined : (yTrue as LabelList);
  const classes = labels === undefined ? [] : encodeLabels(where, { yTrue: labels }).classes;
  if (labels !== undefined && classes.length <= 2) {
    if (classes.length === 2 && !classes.includes(posLabel)) {
      throw new ConfigError(`${where}: posLabel must be one of ${classes.join(', ')}, got ${posLabel}`, { posLabel });
    }
    return averagePrecision(readBinary(where, labels, yScore, { posLabel, ...(sampleWeight && { sampleWeight }) }));
  }
  if (posLabel !== 1) throw new ConfigError(`${where}: posLabel must be left out for several columns, got ${posLabel}`);
  const truth =
    labels === undefined
      ? readIndicatorLike(where, yTrue as LabelTable, scores)
      : oneHot(readColumns(where, labels, scores, 'yScore'), scores.columns);
  return averageColumns(truth, scores, averagePrecision, average, readWeights(where, sampleWeight, scores.rows));
}

/** @internal */
export function averagePrecision(rows: BinaryRows): number {
  const { truePositives: hits, falsePositives: others } = countByThreshold(rows);
  const total = hits.at(-1)!;
  if (total === 0) return 0;
  let sum = 0;
  for (let i = 0; i < hits.length; i++) {
    const before = i === 0 ? 0 : hits[i - 1]!;
    sum += ((hits[i]! - before) / total) * (hits[i]! / (hits[i]! + others[i]!));
  }
  return sum;
}
