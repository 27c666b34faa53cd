import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import {
  ENTITY_OPTION_NAMES,
  type EntityAverage,
  EntityCounts,
  type EntityOptions,
  checkEntityOptions,
} from '../sequence/entity_counts.js';
import { checkAverage, scoresOf } from '../sequence/entity_scores.js';
import type { MetricAccumulator, MetricLabel } from './accumulator.js';
import { bestClass } from './best_class.js';
import { IGNORED_LABEL, checkAny, checkBatch, checkClass } from './checks.js';

/** What {@link entityMetrics} takes. */
export interface EntityMetricsOptions extends EntityOptions {
  /** The tags by class, such as `['O', 'B-PER', 'I-PER']`. */
  labels: readonly string[];
  /** How the types' scores become one; micro by default. */
  average?: EntityAverage;
  /** Whether precision, recall and f1 of each type are given too, as `PER_f1`; false by default. */
  perType?: boolean;
}

const WHERE = 'entityMetrics';

function checkOptions(options: EntityMetricsOptions): void {
  checkEntityOptions(WHERE, options, [...ENTITY_OPTION_NAMES, 'labels', 'average', 'perType']);
  const { labels, average = 'micro' } = options;
  checkAverage(WHERE, average);
  if (Array.isArray(labels) && labels.length > 0 && labels.every((tag) => typeof tag === 'string' && tag !== ''))
    return;
  throw new ConfigError(`${WHERE}: labels must be the tags by class, got ${shown(labels)}`, { labels });
}

/**
 * Entity precision, recall, F1 and token accuracy of a token classifier, from logits, batch by batch: {@link entityScores}
 * of the tags of highest logit, without the tokens labelled -100. It keeps three counts per type and no outputs.
 *
 * @returns An accumulator whose `add` throws a DataError for outputs that are not as many for each label and for labels
 *   that are none, and whose `compute` throws one where no label was added.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { entityMetrics } from 'gridstride';
 * const metrics = entityMetrics({ labels: ['O', 'B-PER'] });
 * metrics.add({ predictions: [[0, 1, 1, 0, 0, 9]], labelIds: [[1, 0, -100]] });
 * console.log(metrics.compute()); // { precision: 1, recall: 1, f1: 1, accuracy: 1 }
 * ```
 */
export function entityMetrics(options: EntityMetricsOptions): MetricAccumulator {
  checkOptions(options);
  const { labels, average = 'micro', perType = false } = options;
  let counts = new EntityCounts(WHERE, options);
  return {
    reset() {
      counts = new EntityCounts(WHERE, options);
    },
    add(batch) {
      checkBatch(WHERE, batch);
      for (const [i, logits] of batch.predictions.entries()) addRow(counts, logits, batch.labelIds[i]!, labels);
    },
    compute() {
      checkAny(WHERE, counts.tokens);
      return { ...scoresOf(counts, average), ...(perType && scoresByType(counts)) };
    },
  };
}

function addRow(counts: EntityCounts, logits: ArrayLike<number>, ids: MetricLabel, labels: readonly string[]): void {
  const width = labels.length;
  if (typeof ids === 'number' || logits.length !== ids.length * width) {
    const got = `${logits.length} for ${typeof ids === 'number' ? 'a single one' : ids.length}`;
    throw new DataError(`${WHERE}: outputs must be ${width} for each token's label, got ${got}`);
  }
  const [truth, predicted]: [string[], string[]] = [[], []];
  for (let place = 0; place < ids.length; place++) {
    const label = ids[place]!;
    if (label === IGNORED_LABEL) continue;
    checkClass(WHERE, label, width);
    truth.push(labels[label]!);
    predicted.push(labels[bestClass(WHERE, logits, place * width, width)]!);
  }
  counts.add(truth, predicted);
}

function scoresByType(counts: EntityCounts): Record<string, number> {
  const { precision, recall, fscore } = counts.ratios();
  const named = counts.types.flatMap((type, i) => [
    [`${type}_precision`, precision.values[i]!] as const,
    [`${type}_recall`, recall.values[i]!] as const,
    [`${type}_f1`, fscore.values[i]!] as const,
  ]);
  return Object.fromEntries(named);
}
