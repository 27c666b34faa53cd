import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { matthewsOf } from '../classification/agreement.js';
import { balancedOf } from '../classification/balanced_accuracy.js';
import type { LabelTargets } from '../classification/targets.js';
import type { Label, LabelList } from '../input/labels.js';
import { readWeights } from '../input/lists.js';
import { type NumberTable, columnOf, isTable, readNumbers } from '../input/tables.js';
import { type BinaryRows, countByThreshold, readBinary } from './binary.js';
import { readIndicatorLike } from './inputs.js';

/** Rows, or their weight, by truth and prediction of one label. */
export interface BinaryCounts {
  truePositives: number;
  falsePositives: number;
  falseNegatives: number;
  trueNegatives: number;
}

/** What {@link bestThresholds} takes. */
export interface ThresholdOptions {
  /** What to maximise; F1 by default. A function of the counts may give NaN where it is not defined. */
  metric?: 'f1' | 'accuracy' | 'balancedAccuracy' | 'jaccard' | 'matthewsCorrcoef' | ((counts: BinaryCounts) => number);
  /** The class that the scores of a list are of; 1 by default where labels are 0 and 1 or -1 and 1. */
  posLabel?: Label;
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
}

/** One value per label (one in all for a list of labels). */
export interface BestThresholds {
  /** A row has the label where its score is at least this; no row of the data lies on it but by rounding. */
  thresholds: number[];
  /** The metric's value there. */
  scores: number[];
}

const ratio = (a: number, b: number): number => (b === 0 ? 0 : a / b);

/** Named metrics of one label's counts. */
const METRICS: Record<string, (counts: BinaryCounts) => number> = {
  f1: ({ truePositives: hits, falsePositives, falseNegatives }) =>
    ratio(2 * hits, 2 * hits + falsePositives + falseNegatives),
  accuracy: ({ truePositives, falsePositives, falseNegatives, trueNegatives }) =>
    (truePositives + trueNegatives) / (truePositives + falsePositives + falseNegatives + trueNegatives),
  balancedAccuracy: ({ truePositives: hits, falsePositives, falseNegatives, trueNegatives }) =>
    balancedOf([trueNegatives, hits], [trueNegatives + falsePositives, hits + falseNegatives]),
  jaccard: ({ truePositives: hits, falsePositives, falseNegatives }) =>
    ratio(hits, hits + falsePositives + falseNegatives),
  matthewsCorrcoef: ({ truePositives: hits, falsePositives, falseNegatives, trueNegatives }) =>
    matthewsOf({
      actual: [trueNegatives + falsePositives, hits + falseNegatives],
      predicted: [trueNegatives + falseNegatives, hits + falsePositives],
      right: trueNegatives + hits,
      total: hits + falsePositives + falseNegatives + trueNegatives,
    }),
};

/**
 * The threshold of each label that gives the best score on a validation set. Thresholds lie midway between two
 * neighbouring scores, or just past the highest (nothing is predicted) or the lowest one (everything is). Of equally
 * good ones the highest is taken: it predicts least, and a label without a true row is never predicted.
 *
 * @param yTrue A table of 0 and 1 with a column per label, or one label per row of two classes.
 * @param yScore Scores in the same form: probabilities where the thresholds are to hold for probabilities.
 * @throws {DataError} Sizes that do not fit, no rows, bad labels, or scores that are not finite.
 * @throws {ConfigError} An option is unknown or out of range, or `posLabel` is missing where it cannot be told.
 *
 * @example
 * ```ts
 * import { bestThresholds } from 'gridstride';
 * const { thresholds, scores } = bestThresholds([[1, 0], [1, 0], [0, 1]], [[0.9, 0.2], [0.5, 0.25], [0.25, 0.75]]);
 * console.log(thresholds, scores); // [ 0.375, 0.5 ] [ 1, 1 ]
 * ```
 */
export function bestThresholds(
  yTrue: LabelTargets,
  yScore: ArrayLike<number> | NumberTable,
  options: ThresholdOptions = {},
): BestThresholds {
  const where = 'bestThresholds';
  checkOptionNames(where, options, ['metric', 'posLabel', 'sampleWeight']);
  const metric = metricOf(where, options.metric ?? 'f1');
  const best = columnsOf(where, yTrue, yScore, options).map((rows) => bestOf(rows, metric));
  return { thresholds: best.map(({ threshold }) => threshold), scores: best.map(({ score }) => score) };
}

function metricOf(where: string, metric: Required<ThresholdOptions>['metric']): (counts: BinaryCounts) => number {
  const found = typeof metric === 'function' ? metric : Object.hasOwn(METRICS, metric) && METRICS[metric];
  if (found) return found;
  const known = Object.keys(METRICS).join(', ');
  throw new ConfigError(`${where}: metric must be ${known} or a function, got ${String(metric)}`, { metric });
}

function columnsOf(
  where: string,
  yTrue: LabelTargets,
  yScore: ArrayLike<number> | NumberTable,
  options: ThresholdOptions,
): BinaryRows[] {
  if (!isTable(yTrue)) return [readBinary(where, yTrue as LabelList, yScore, options)];
  const scores = readNumbers(where, 'yScore', yScore);
  const truth = readIndicatorLike(where, yTrue, scores);
  const weights = readWeights(where, options.sampleWeight, scores.rows);
  return Array.from({ length: scores.columns }, (_, column) => ({
    truth: columnOf(truth, column),
    scores: columnOf(scores, column),
    weights,
  }));
}

function bestOf(rows: BinaryRows, metric: (counts: BinaryCounts) => number): { threshold: number; score: number } {
  const { truePositives, falsePositives, thresholds } = countByThreshold(rows);
  const [hits, others] = [truePositives.at(-1)!, falsePositives.at(-1)!];
  let best = { threshold: past(thresholds[0]!, 1), score: Number.NaN };
  for (let i = -1; i < thresholds.length; i++) {
    const [tp, fp] = i < 0 ? [0, 0] : [truePositives[i]!, falsePositives[i]!];
    const counts = { truePositives: tp, falsePositives: fp, falseNegatives: hits - tp, trueNegatives: others - fp };
    const score = metric(counts);
    if (!(score > best.score) && !(Number.isNaN(best.score) && !Number.isNaN(score))) continue;
    best = { threshold: thresholdAfter(thresholds, i), score };
  }
  return best;
}

/** A threshold that the first i + 1 of descending scores reach, and no other. */
function thresholdAfter(scores: Float64Array, i: number): number {
  if (i < 0) return past(scores[0]!, 1);
  if (i === scores.length - 1) return past(scores[i]!, -1);
  const middle = scores[i + 1]! + (scores[i]! - scores[i + 1]!) / 2;
  return middle > scores[i + 1]! ? middle : scores[i]!;
}

/** A number a little past another one, as f32 too: thresholds may be compared with f32 scores. */
function past(score: number, direction: 1 | -1): number {
  return score + direction * Math.max(Math.abs(score) * 2 ** -22, 2 ** -126);
}
