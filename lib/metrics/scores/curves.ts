import { checkOptionNames } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import type { Label, LabelList } from '../input/labels.js';
import { checkLength } from '../input/lists.js';
import { type NumberTable, readNumbers } from '../input/tables.js';
import { type BinaryOptions, type BinaryRows, type ThresholdCounts, countByThreshold, readBinary } from './binary.js';

/** What {@link rocCurve} and {@link precisionRecallCurve} take. */
export interface CurveOptions extends BinaryOptions {
  /** Whether points on a straight line between their neighbours are left out; a picture does not need them. */
  dropIntermediate?: boolean;
}

/** A receiver operating characteristic, from the highest threshold down. */
export interface RocCurve {
  /** Share of the other rows that score at least the threshold; NaN where there are none. */
  fpr: Float64Array;
  /** Share of the class's rows that score at least the threshold; NaN where there are none. */
  tpr: Float64Array;
  /** The first is infinite: nothing is predicted. */
  thresholds: Float64Array;
}

/** Precision against recall, from the lowest threshold up, and a last point (1, 0) without a threshold. */
export interface PrecisionRecallCurve {
  precision: Float64Array;
  /** All 1 where there is no row of the class. */
  recall: Float64Array;
  thresholds: Float64Array;
}

const OPTION_NAMES = ['posLabel', 'sampleWeight', 'dropIntermediate'];

/** The counts at some of the thresholds: the first, the last and those that `isKept`. */
function pick(counts: ThresholdCounts, isKept: (i: number) => boolean): ThresholdCounts {
  const last = counts.thresholds.length - 1;
  const filter = (_: number, i: number): boolean => i === 0 || i === last || isKept(i);
  return {
    truePositives: counts.truePositives.filter(filter),
    falsePositives: counts.falsePositives.filter(filter),
    thresholds: counts.thresholds.filter(filter),
  };
}

/** A list that begins with one more value. */
function startingWith(first: number, values: Float64Array): Float64Array {
  const list = new Float64Array(values.length + 1);
  list[0] = first;
  list.set(values, 1);
  return list;
}

/** @internal */
export function rocOf(rows: BinaryRows, dropIntermediate = true): RocCurve {
  let counts = countByThreshold(rows);
  const { truePositives: hits, falsePositives: others } = counts;
  const turns = (list: Float64Array, i: number): boolean => list[i + 1]! - list[i]! - (list[i]! - list[i - 1]!) !== 0;
  if (dropIntermediate) counts = pick(counts, (i) => turns(hits, i) || turns(others, i));
  const share = (list: Float64Array): Float64Array => {
    const total = list.at(-1)!;
    return startingWith(0, list).map((count) => (total === 0 ? Number.NaN : count / total));
  };
  return {
    fpr: share(counts.falsePositives),
    tpr: share(counts.truePositives),
    thresholds: startingWith(Infinity, counts.thresholds),
  };
}

/** @internal */
export function precisionRecallOf(rows: BinaryRows, dropIntermediate = false): PrecisionRecallCurve {
  let counts = countByThreshold(rows);
  const { truePositives: all } = counts;
  if (dropIntermediate) counts = pick(counts, (i) => all[i] !== all[i - 1] || all[i + 1] !== all[i]);
  const { truePositives: hits, falsePositives: others, thresholds } = counts;
  const total = hits.at(-1)!;
  const precision = hits.map((hit, i) => hit / (hit + others[i]!));
  const recall = hits.map((hit) => (total === 0 ? 1 : hit / total));
  return {
    precision: startingWith(1, precision).reverse(),
    recall: startingWith(0, recall).reverse(),
    thresholds: thresholds.slice().reverse(),
  };
}

/**
 * True against false positive rates at every threshold. Values are those of scikit-learn's roc_curve.
 *
 * @param yTrue The true label of each row.
 * @param yScore The score of the positive class for each row: logits, probabilities or anything that orders rows.
 * @throws {DataError} Unequal lengths, no rows, labels of mixed types, or scores that are not finite.
 * @throws {ConfigError} `posLabel` is missing where labels are not 0 and 1 or -1 and 1.
 *
 * @example
 * ```ts
 * import { auc, rocCurve } from 'gridstride';
 * const { fpr, tpr } = rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
 * console.log(auc(fpr, tpr)); // 0.75
 * ```
 */
export function rocCurve(
  yTrue: LabelList,
  yScore: ArrayLike<number> | NumberTable,
  options: CurveOptions = {},
): RocCurve {
  checkOptionNames('rocCurve', options, OPTION_NAMES);
  return rocOf(readBinary('rocCurve', yTrue, yScore, options), options.dropIntermediate ?? true);
}

/**
 * Precision and recall at every threshold. Values are those of scikit-learn's precision_recall_curve;
 * `dropIntermediate` is off by default.
 *
 * @param yTrue The true label of each row.
 * @param yScore The score of the positive class for each row: logits, probabilities or anything that orders rows.
 * @throws {DataError} Unequal lengths, no rows, labels of mixed types, or scores that are not finite.
 * @throws {ConfigError} `posLabel` is missing where labels are not 0 and 1 or -1 and 1.
 *
 * @example
 * ```ts
 * import { precisionRecallCurve } from 'gridstride';
 * const { recall } = precisionRecallCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]);
 * console.log([...recall]); // [ 1, 1, 0.5, 0.5, 0 ]
 * ```
 */
export function precisionRecallCurve(
  yTrue: LabelList,
  yScore: ArrayLike<number> | NumberTable,
  options: CurveOptions = {},
): PrecisionRecallCurve {
  checkOptionNames('precisionRecallCurve', options, OPTION_NAMES);
  return precisionRecallOf(readBinary('precisionRecallCurve', yTrue, yScore, options), options.dropIntermediate);
}

/**
 * The area under a curve by the trapezoidal rule.
 *
 * @param x Ascending or descending.
 * @param y As many values as x.
 * @throws {DataError} Unequal lengths, fewer than two points, values that are not finite, or x goes back and forth.
 *
 * @example
 * ```ts
 * import { auc } from 'gridstride';
 * console.log(auc([0, 0.5, 1], [0, 1, 1])); // 0.75
 * ```
 */
export function auc(x: ArrayLike<number>, y: ArrayLike<number>): number {
  const [{ data: xs }, { data: ys }] = [readNumbers('auc', 'x', x), readNumbers('auc', 'y', y)];
  checkLength('auc', 'x', xs.length, 'y', ys.length);
  if (xs.length < 2) throw new DataError(`auc: there must be at least two points, got ${xs.length}`);
  let [area, isAscending, isDescending] = [0, true, true];
  for (let i = 1; i < xs.length; i++) {
    const width = xs[i]! - xs[i - 1]!;
    isAscending &&= width >= 0;
    isDescending &&= width <= 0;
    area += (width * (ys[i]! + ys[i - 1]!)) / 2;
  }
  if (!isAscending && !isDescending) throw new DataError('auc: x must go one way, got values that rise and fall');
  return isAscending ? area : -area;
}
