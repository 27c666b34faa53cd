import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import type { MetricAccumulator, MetricBatch, MetricLabel } from './accumulator.js';
import { bestClass, checkLogit } from './best_class.js';
import {
  type ClassificationType,
  IGNORED_LABEL,
  checkAny,
  checkBatch,
  checkClass,
  checkLabels,
  checkMetricNames,
  checkWidth,
  isMultiLabel,
} from './checks.js';
import { AVERAGED_NAMES, ClassCounts } from './class_counts.js';

/** What {@link classificationMetrics} takes. */
export interface ClassificationMetricsOptions {
  /** One label a row (the default; also one a token), or several. */
  problemType?: ClassificationType;
  /**
   * Of several labels a row, the least probability (sigmoid of the logit) of a label that is predicted: one for all, or
   * one per label as `bestThresholds` gives them; 0.5 by default.
   */
  threshold?: number | readonly number[];
  /** The labels that averages are over; of one label a row all that occur, of several all, by default. */
  labels?: readonly number[];
  /**
   * The metrics to give. One label a row: accuracy and f1Macro by default; also balancedAccuracy, matthewsCorrcoef, and
   * precision, recall and f1, each with Micro, Macro or Weighted. Several: f1Micro, f1Macro and subsetAccuracy by
   * default; also hammingLoss and the same averages.
   */
  metrics?: readonly string[];
}

const OPTION_NAMES = ['problemType', 'threshold', 'labels', 'metrics'];
const WHERE = 'classificationMetrics';

/** A metric of counts, over the labels asked for or those that occur. */
type CountMetric = (counts: ClassCounts, labels: readonly number[]) => number;

const averaged = Object.fromEntries(
  AVERAGED_NAMES.map((name): [string, CountMetric] => [name, (counts, labels) => counts.averaged(name, labels)]),
);
const SINGLE: Record<string, CountMetric> = {
  accuracy: ({ right, rows }) => right / rows,
  balancedAccuracy: (counts) => counts.balancedAccuracy(),
  matthewsCorrcoef: (counts) => counts.matthews(),
  ...averaged,
};
const MULTI: Record<string, CountMetric> = {
  subsetAccuracy: ({ right, rows }) => right / rows,
  hammingLoss: (counts) => counts.hammingLoss(),
  ...averaged,
};

/** Adds one row of outputs to the counts. */
type AddRow = (counts: ClassCounts, logits: ArrayLike<number>, begin: number, label: MetricLabel) => void;

/**
 * Metrics of predicted classes, from logits, batch by batch. It keeps three counts per label and no outputs: a row of any
 * number costs nothing. Values are those of `f1Score` and the others on all rows at once.
 *
 * @returns An accumulator whose `add` throws a DataError for outputs that are NaN or of changing width and for labels
 *   that are none, and whose `compute` throws one where no label was added.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { classificationMetrics } from 'gridstride';
 * const metrics = classificationMetrics({ problemType: 'multi_label_classification', threshold: 0.5 });
 * metrics.add({ predictions: [[2, -1], [-3, -2]], labelIds: [[1, 0], [1, 0]] });
 * console.log(metrics.compute().subsetAccuracy); // 0.5
 * ```
 */
export function classificationMetrics(options: ClassificationMetricsOptions = {}): MetricAccumulator {
  checkOptionNames(WHERE, options, OPTION_NAMES);
  const { threshold, labels } = options;
  const isMulti = isMultiLabel(WHERE, options.problemType);
  const known = isMulti ? MULTI : SINGLE;
  const names = options.metrics ?? (isMulti ? ['f1Micro', 'f1Macro', 'subsetAccuracy'] : ['accuracy', 'f1Macro']);
  checkMetricNames(WHERE, names, Object.keys(known));
  if (!isMulti && threshold !== undefined) {
    throw new ConfigError(`${WHERE}: threshold must be left out for one label a row, got ${shown(threshold)}`);
  }
  if (labels !== undefined) checkChosen(labels);
  const addRow = isMulti ? multiRow(threshold ?? 0.5) : addSingle;
  let counts: ClassCounts | undefined;
  return {
    reset() {
      counts = undefined;
    },
    add(batch) {
      counts = addBatch(batch, counts, addRow, isMulti);
    },
    compute() {
      checkAny(WHERE, counts?.rows ?? 0);
      const all = [...Array(counts!.width).keys()];
      const outside = isMulti ? labels?.find((label) => label >= all.length) : undefined;
      if (outside !== undefined) {
        throw new ConfigError(`${WHERE}: labels must be from 0 to ${all.length - 1}, got ${outside}`, { labels });
      }
      const chosen = labels ?? (isMulti ? all : counts!.occurring());
      return Object.fromEntries(names.map((name) => [name, known[name]!(counts!, chosen)]));
    },
  };
}

function checkChosen(labels: readonly number[]): void {
  const isRight = Array.isArray(labels) && labels.every((label) => Number.isInteger(label) && label >= 0);
  if (isRight && labels.length > 0 && new Set(labels).size === labels.length) return;
  throw new ConfigError(`${WHERE}: labels must be distinct integers from 0, got ${shown(labels)}`, { labels });
}

function addBatch(
  batch: MetricBatch,
  counts: ClassCounts | undefined,
  addRow: AddRow,
  isMulti: boolean,
): ClassCounts | undefined {
  checkBatch(WHERE, batch);
  for (const [i, logits] of batch.predictions.entries()) {
    const label = batch.labelIds[i]!;
    const isPerToken = !isMulti && typeof label !== 'number';
    const places = isPerToken ? label.length : 1;
    const width = logits.length / places;
    if (places === 0) continue;
    if (!Number.isInteger(width) || width === 0) {
      throw new DataError(`${WHERE}: outputs must be as many for each label, got ${logits.length} for ${places}`);
    }
    counts ??= new ClassCounts(width);
    checkWidth(WHERE, counts.width, width);
    for (let place = 0; place < places; place++)
      addRow(counts, logits, place * width, isPerToken ? label[place]! : label);
  }
  return counts;
}

function addSingle(counts: ClassCounts, logits: ArrayLike<number>, begin: number, label: MetricLabel): void {
  if (label === IGNORED_LABEL) return;
  checkClass(WHERE, label, counts.width);
  const best = bestClass(WHERE, logits, begin, counts.width);
  counts.rows += 1;
  if (best === label) counts.right += 1;
  if (best !== label) counts.count(best, false, true);
  counts.count(label, true, best === label);
}

/** The logit at which a sigmoid reaches a probability; out of reach for 1 and more. */
function logOdds(threshold: number): number {
  if (threshold <= 0 || threshold >= 1) return threshold <= 0 ? -Infinity : Infinity;
  return Math.log(threshold / (1 - threshold));
}

function multiRow(threshold: number | readonly number[]): AddRow {
  const thresholds = typeof threshold === 'number' ? [threshold] : threshold;
  if (!Array.isArray(thresholds) || !thresholds.every(Number.isFinite)) {
    throw new ConfigError(`${WHERE}: threshold must be a number or one per label, got ${String(threshold)}`, {
      threshold,
    });
  }
  const least = thresholds.map(logOdds);
  return (counts, logits, begin, labels) => {
    if (labels === IGNORED_LABEL) return;
    const { width } = counts;
    checkLabels(WHERE, labels, width);
    if (typeof threshold !== 'number' && least.length !== width) {
      throw new ConfigError(`${WHERE}: threshold must be one per label, got ${least.length} for ${width}`);
    }
    let isRight = true;
    for (let i = 0; i < width; i++) {
      checkLogit(WHERE, logits[begin + i]!);
      const isPredicted = logits[begin + i]! >= (least.length === 1 ? least[0]! : least[i]!);
      isRight &&= isPredicted === (labels[i] === 1);
      counts.count(i, labels[i] === 1, isPredicted);
    }
    counts.rows += 1;
    if (isRight) counts.right += 1;
  };
}
