import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { averagePrecisionScore } from '../scores/average_precision.js';
import { rocAucScore } from '../scores/roc_auc.js';
import type { MetricAccumulator, MetricLabel } from './accumulator.js';
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
import { GrowingList } from './growing_list.js';

/** What {@link rankingMetrics} takes. */
export interface RankingMetricsOptions {
  /** One label a row (the default), or several. */
  problemType?: ClassificationType;
  /** How labels' scores are averaged; macro by default. */
  average?: 'macro' | 'micro' | 'weighted';
  /** rocAuc and averagePrecision (both by default). */
  metrics?: readonly string[];
}

const WHERE = 'rankingMetrics';
const NAMES = ['rocAuc', 'averagePrecision'];

/** The greatest power is 1: no overflow. */
function softmax(logits: ArrayLike<number>): number[] {
  const greatest = Array.prototype.reduce.call(logits, (most, x) => Math.max(most as number, x as number), -Infinity);
  const powers = Array.from(logits, (logit) => Math.exp(logit - (greatest as number)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

/**
 * Area under the ROC curve and average precision, from logits. They rank all rows, so all scores are held: 9 bytes
 * per row and label (per row, of two classes), up to 18 while they are added. Of more than two classes, each class
 * against the rest.
 *
 * @returns An accumulator whose `add` throws a DataError for outputs that are not finite and labels that are none.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { rankingMetrics } from 'gridstride';
 * const metrics = rankingMetrics({ metrics: ['rocAuc'] });
 * metrics.add({ predictions: [[0, 1], [0, 3], [0, 2]], labelIds: [0, 1, 1] });
 * console.log(metrics.compute()); // { rocAuc: 1 }
 * ```
 */
export function rankingMetrics(options: RankingMetricsOptions = {}): MetricAccumulator {
  checkOptionNames(WHERE, options, ['problemType', 'average', 'metrics']);
  const { average = 'macro', metrics = NAMES } = options;
  const isMulti = isMultiLabel(WHERE, options.problemType);
  if (!['macro', 'micro', 'weighted'].includes(average)) {
    throw new ConfigError(`${WHERE}: average must be macro, micro or weighted, got ${String(average)}`, { average });
  }
  checkMetricNames(WHERE, metrics, NAMES);
  const add = isMulti ? addMulti : addSingle;
  let rows: RankedRows | undefined;
  return {
    reset() {
      rows = undefined;
    },
    add(batch) {
      checkBatch(WHERE, batch);
      for (const [i, logits] of batch.predictions.entries()) {
        const label = batch.labelIds[i]!;
        if (label === IGNORED_LABEL) continue;
        rows ??= makeRows(logits.length, isMulti);
        checkLogits(logits, rows.width);
        add(rows, logits, label);
      }
    },
    compute() {
      checkAny(WHERE, rows === undefined ? 0 : 1);
      const shape = [rows!.truth.values.length / rows!.columns, rows!.columns] as const;
      const truth = { data: rows!.truth.values, shape };
      const scores = { data: rows!.scores.values, shape };
      const compute: Record<string, () => number> = {
        rocAuc: () => rocAucScore(truth, scores, { average }),
        averagePrecision: () => averagePrecisionScore(truth, scores, { average }),
      };
      return Object.fromEntries(metrics.map((name) => [name, compute[name]!()]));
    },
  };
}

/** All rows' labels and scores. */
interface RankedRows {
  /** Outputs of the model. */
  width: number;
  /** Columns that are scored; one of two classes. */
  columns: number;
  /** (rows * columns): 1 where a row has the label. */
  truth: GrowingList<Uint8Array>;
  scores: GrowingList<Float64Array>;
}

function makeRows(width: number, isMulti: boolean): RankedRows {
  return {
    width,
    columns: !isMulti && width === 2 ? 1 : width,
    truth: new GrowingList((length) => new Uint8Array(length)),
    scores: new GrowingList((length) => new Float64Array(length)),
  };
}

function checkLogits(logits: ArrayLike<number>, width: number): void {
  checkWidth(WHERE, width, logits.length);
  for (let i = 0; i < width; i++) {
    if (!Number.isFinite(logits[i])) {
      throw new DataError(`${WHERE}: predictions must be finite numbers, got ${String(logits[i])}`);
    }
  }
}

function addSingle({ width, columns, truth, scores }: RankedRows, logits: ArrayLike<number>, label: MetricLabel): void {
  checkClass(WHERE, label, width);
  if (columns === 1 && width === 2) {
    // The difference of two logits orders rows as the softmax does, and never saturates.
    truth.push(label);
    scores.push(logits[1]! - logits[0]!);
    return;
  }
  for (const [i, probability] of softmax(logits).entries()) {
    truth.push(i === label ? 1 : 0);
    scores.push(probability);
  }
}

function addMulti({ width, truth, scores }: RankedRows, logits: ArrayLike<number>, labels: MetricLabel): void {
  checkLabels(WHERE, labels, width);
  for (let i = 0; i < width; i++) {
    truth.push(labels[i]!);
    scores.push(logits[i]!);
  }
}
