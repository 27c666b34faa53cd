import { DataError } from '../../util/errors.js';
import { argsort } from '../input/argsort.js';
import { type Label, type LabelList, encodeLabels, positiveLabel } from '../input/labels.js';
import { checkLength, readWeights } from '../input/lists.js';
import { type NumberTable, readNumbers } from '../input/tables.js';

/** What curves and scores of one class take. */
export interface BinaryOptions {
  /** The class that high scores speak for; 1 by default where labels are 0 and 1 or -1 and 1. */
  posLabel?: Label;
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
}

/** Rows that are of a class or not, and their scores. @internal */
export interface BinaryRows {
  /** 1 where the row is of the class. */
  truth: Uint8Array;
  scores: Float32Array | Float64Array;
  weights: Float64Array | undefined;
}

/**
 * Checks labels and the scores of one class.
 *
 * @throws {DataError} Unequal lengths, no rows, bad labels, scores that are not finite or of several columns.
 * @throws {ConfigError} `posLabel` is not given and cannot be told.
 * @internal
 */
export function readBinary(
  where: string,
  yTrue: LabelList,
  yScore: ArrayLike<number> | NumberTable,
  { posLabel, sampleWeight }: BinaryOptions,
  name = 'yScore',
): BinaryRows & { present: readonly Label[] } {
  const { classes, codes } = encodeLabels(where, { yTrue });
  const scores = readNumbers(where, name, yScore);
  checkLength(where, 'yTrue', yTrue.length, name, scores.rows);
  if (scores.columns !== 1) {
    throw new DataError(`${where}: ${name} must be the scores of one class, got ${scores.columns} columns`);
  }
  const weights = readWeights(where, sampleWeight, yTrue.length);
  const positive = classes.indexOf(positiveLabel(where, classes, posLabel));
  const truth = new Uint8Array(yTrue.length);
  for (let i = 0; i < truth.length; i++) truth[i] = codes.yTrue[i] === positive ? 1 : 0;
  return { truth, scores: scores.data, weights, present: classes };
}

/** How many rows score at least as high as each distinct score, from the highest down. @internal */
export interface ThresholdCounts {
  /** Rows of the class, or their weight. */
  truePositives: Float64Array;
  /** Other rows. */
  falsePositives: Float64Array;
  thresholds: Float64Array;
}

/** Counts rows for each distinct score; rows of weight 0 are left out. @internal */
export function countByThreshold({ truth, scores, weights }: BinaryRows): ThresholdCounts {
  const order = argsort(scores);
  const counts = {
    truePositives: new Float64Array(order.length),
    falsePositives: new Float64Array(order.length),
    thresholds: new Float64Array(order.length),
  };
  let [hits, others, length] = [0, 0, 0];
  let last = Number.NaN;
  for (let i = order.length - 1; i >= 0; i--) {
    const row = order[i]!;
    const weight = weights === undefined ? 1 : weights[row]!;
    if (weight === 0) continue;
    const score = scores[row]!;
    if (score !== last) length += 1;
    last = score;
    if (truth[row] === 1) hits += weight;
    else others += weight;
    counts.truePositives[length - 1] = hits;
    counts.falsePositives[length - 1] = others;
    counts.thresholds[length - 1] = score;
  }
  return {
    truePositives: counts.truePositives.subarray(0, length),
    falsePositives: counts.falsePositives.subarray(0, length),
    thresholds: counts.thresholds.subarray(0, length),
  };
}
