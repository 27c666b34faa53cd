import { compareCodePoints } from '../util/code_points.js';
import { ConfigError, DataError } from '../util/errors.js';

/** The name or index of a class. */
export type Label = number | string;

/** What the classes of predictions and truth are, in sorted order, without repeats. */
interface CheckedPair {
  present: Label[];
}

/** By number, or by code point: the order of scikit-learn. */
function compareLabels(a: Label, b: Label): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareCodePoints(String(a), String(b));
}

function checkLabel(where: string, label: unknown, place: string): void {
  if (typeof label === 'string' || Number.isInteger(label)) return;
  const got = typeof label === 'number' ? String(label) : `a ${typeof label}`;
  throw new DataError(`${where}: labels must be integers or strings, got ${got} in ${place}`);
}

/**
 * Checks true and predicted labels, and lists those that occur.
 *
 * @throws {DataError} Unequal lengths, no labels, labels that are neither integers nor strings, or a mix of both.
 * @internal
 */
export function checkPair(where: string, yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>): CheckedPair {
  if (yTrue.length !== yPred.length) {
    const got = `${yTrue.length} and ${yPred.length}`;
    throw new DataError(`${where}: yTrue and yPred must have the same length, got ${got}`, {
      yTrue: yTrue.length,
      yPred: yPred.length,
    });
  }
  if (yTrue.length === 0) throw new DataError(`${where}: there must be at least one label, got none`);
  const seen = new Set<Label>();
  for (const [name, labels] of [
    ['yTrue', yTrue],
    ['yPred', yPred],
  ] as const) {
    for (let i = 0; i < labels.length; i++) {
      const label = labels[i]!;
      if (seen.has(label)) continue;
      checkLabel(where, label, `${name} at ${i}`);
      seen.add(label);
    }
  }
  const present = [...seen].sort(compareLabels);
  checkOneType(where, present);
  return { present };
}

function checkOneType(where: string, labels: readonly Label[]): void {
  const other = labels.find((label) => typeof label !== typeof labels[0]);
  if (other === undefined) return;
  const got = `${JSON.stringify(labels[0])} and ${JSON.stringify(other)}`;
  throw new DataError(`${where}: labels must be all integers or all strings, got ${got}`);
}

/**
 * The labels a metric is asked for: the caller's, or all that occur.
 *
 * @throws {ConfigError} The caller's labels repeat.
 * @throws {DataError} They are of another type than those that occur.
 * @internal
 */
export function chooseLabels(where: string, present: readonly Label[], labels?: readonly Label[]): readonly Label[] {
  if (labels === undefined) return present;
  for (const [i, label] of labels.entries()) {
    checkLabel(where, label, `option labels at ${i}`);
    if (labels.indexOf(label) !== i) {
      throw new ConfigError(`${where}: labels must not repeat, got ${label} twice`, { label });
    }
  }
  checkOneType(where, [...present, ...labels]);
  return labels;
}

/**
 * What all metrics of a class are made of, one value for each label.
 * @internal
 */
export interface ClassCounts {
  /** Rows of the class that were predicted as it. */
  truePositives: number[];
  /** Rows predicted as the class. */
  predicted: number[];
  /** Rows of the class. */
  actual: number[];
}

/**
 * Counts rows for each label; rows of other labels count where they were mistaken for one of these.
 * @internal
 */
export function countClasses(yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>, labels: readonly Label[]): ClassCounts {
  const places = new Map(labels.map((label, place) => [label, place]));
  const zeros = (): number[] => Array.from({ length: labels.length }, () => 0);
  const counts = { truePositives: zeros(), predicted: zeros(), actual: zeros() };
  for (let i = 0; i < yTrue.length; i++) {
    const actual = places.get(yTrue[i]!);
    const predicted = places.get(yPred[i]!);
    if (actual !== undefined) counts.actual[actual]! += 1;
    if (predicted !== undefined) counts.predicted[predicted]! += 1;
    if (actual !== undefined && actual === predicted) counts.truePositives[actual]! += 1;
  }
  return counts;
}
