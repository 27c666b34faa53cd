import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { checkList } from '../input/lists.js';
import type { MetricBatch, MetricLabel } from './accumulator.js';

/** What kinds of labels a classifier predicts, as a model's config names them. */
export type ClassificationType = 'single_label_classification' | 'multi_label_classification';

/** What losses and metrics skip: the label of padding. @internal */
export const IGNORED_LABEL = -100;

/** Whether a row has several labels. @throws {ConfigError} The type is neither. @internal */
export function isMultiLabel(where: string, problemType: ClassificationType = 'single_label_classification'): boolean {
  if (problemType === 'single_label_classification') return false;
  if (problemType === 'multi_label_classification') return true;
  const rule = 'problemType must be single_label_classification or multi_label_classification';
  throw new ConfigError(`${where}: ${rule}, got ${String(problemType)}`, { problemType });
}

/**
 * Checks that a batch has a label, or labels, for each row of outputs.
 * @throws {DataError} It has not.
 * @internal
 */
export function checkBatch(where: string, { predictions, labelIds }: MetricBatch): void {
  for (const [name, rows] of Object.entries({ predictions, labelIds })) {
    if (!Array.isArray(rows)) throw new DataError(`${where}: ${name} must be an array, got ${shown(rows)}`);
    for (const row of rows)
      if (name === 'predictions' || typeof row !== 'number') checkList(where, `each of ${name}`, row);
  }
  if (predictions.length === labelIds.length) return;
  const got = `${predictions.length} and ${labelIds.length}`;
  throw new DataError(`${where}: predictions and labelIds must have the same length, got ${got}`);
}

/** Refuses names that no metric has. @throws {ConfigError} There is one, or no name at all. @internal */
export function checkMetricNames(where: string, metrics: readonly string[], known: readonly string[]): void {
  if (!Array.isArray(metrics)) throw new ConfigError(`${where}: metrics must be an array, got ${shown(metrics)}`);
  const unknown = metrics.find((name) => !known.includes(name));
  if (unknown === undefined && metrics.length > 0) return;
  throw new ConfigError(`${where}: metrics must be some of ${known.join(', ')}, got ${unknown ?? 'none'}`, { metrics });
}

/** @throws {DataError} Nothing was added that has a label. @internal */
export function checkAny(where: string, count: number): void {
  if (count === 0) throw new DataError(`${where}: there must be at least one label to compute metrics, got none`);
}

/** @throws {DataError} A row has another number of outputs than the first one. @internal */
export function checkWidth(where: string, first: number, width: number): void {
  if (first === width) return;
  throw new DataError(`${where}: every row must have as many outputs, got ${first} and ${width}`);
}

/** @throws {DataError} The label is no class of so many. @internal */
export function checkClass(where: string, label: MetricLabel, classes: number): asserts label is number {
  if (Number.isInteger(label) && (label as number) >= 0 && (label as number) < classes) return;
  throw new DataError(`${where}: labels must be integers from 0 to ${classes - 1}, got ${shown(label)}`, { label });
}

/** @throws {DataError} They are not as many labels of 0 or 1. @internal */
export function checkLabels(where: string, labels: MetricLabel, width: number): asserts labels is ArrayLike<number> {
  const isFit = typeof labels !== 'number' && labels.length === width;
  if (isFit && Array.prototype.every.call(labels, (label) => label === 0 || label === 1)) return;
  throw new DataError(`${where}: each row must have ${width} labels of 0 or 1, got ${shown(labels)}`);
}
