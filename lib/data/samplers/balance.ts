import { compareCodePoints } from '../../util/code_points.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { PhiloxRandom, permutation } from '../../util/philox.js';
import { shown } from '../../util/shown.js';

/** A class by number or name. */
export type ClassLabel = number | string;

/** Weights of classes: scikit-learn's rule for equal shares, given ones by class (others 1), or none (all 1). */
export type ClassWeights = 'balanced' | ReadonlyMap<ClassLabel, number> | Readonly<Record<string, number>> | null;

/** Numbers first, by size; then names by code point. */
function compareLabels(a: ClassLabel, b: ClassLabel): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === typeof b) return compareCodePoints(String(a), String(b));
  return typeof a === 'number' ? -1 : 1;
}

function rowsOfClasses(where: string, labels: ArrayLike<ClassLabel>): Map<ClassLabel, number[]> {
  const rows = new Map<ClassLabel, number[]>();
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (typeof label !== 'string' && !Number.isFinite(label))
      throw new DataError(`${where}: labels must be numbers or texts, got ${shown(label)} in row ${row}`, { row });
    const members = rows.get(label);
    if (members === undefined) rows.set(label, [row]);
    else members.push(row);
  }
  return new Map([...rows].sort(([a], [b]) => compareLabels(a, b)));
}

/**
 * The weight of each class for a loss: with 'balanced', rows / (classes * rows of the class), scikit-learn's
 * `compute_class_weight`.
 *
 * @param labels The class of every row.
 * @param classes The classes to weigh, in order; all that occur, sorted, by default.
 * @throws {DataError} There are no labels, or a class does not occur among them.
 * @throws {ConfigError} A given weight is no number.
 *
 * @example
 * ```ts
 * import { computeClassWeight } from 'gridstride';
 * console.log(computeClassWeight('balanced', ['ham', 'ham', 'ham', 'spam'])); // [ 0.6666666666666666, 2 ]
 * ```
 */
export function computeClassWeight(
  weights: ClassWeights,
  labels: ArrayLike<ClassLabel>,
  classes?: readonly ClassLabel[],
): number[] {
  const where = 'computeClassWeight';
  const counts = rowsOfClasses(where, labels);
  const wanted = classes ?? [...counts.keys()];
  if (wanted.length === 0) throw new DataError(`${where}: there must be a label, got none`);
  const missing = wanted.find((label) => !counts.has(label));
  if (missing !== undefined)
    throw new DataError(`${where}: every class must occur, got no row of ${missing}`, { missing });
  return wanted.map((label) => {
    if (weights === 'balanced') return labels.length / (wanted.length * counts.get(label)!.length);
    const given = weights instanceof Map ? weights.get(label) : (weights as Record<string, number> | null)?.[label];
    const weight = (given ?? 1) as number;
    if (Number.isFinite(weight)) return weight;
    throw new ConfigError(`${where}: weights must be numbers, got ${shown(weight)} for ${label}`, { label });
  });
}

/**
 * The weight of each row's class, for {@link WeightedRandomSampler}; scikit-learn's `compute_sample_weight`.
 *
 * @throws {DataError} There are no labels.
 *
 * @example
 * ```ts
 * import { computeSampleWeight } from 'gridstride';
 * console.log(computeSampleWeight('balanced', [0, 1, 1, 1])[0]); // 2
 * ```
 */
export function computeSampleWeight(weights: ClassWeights, labels: ArrayLike<ClassLabel>): number[] {
  const classes = [...rowsOfClasses('computeSampleWeight', labels).keys()];
  const byClass = computeClassWeight(weights, labels, classes);
  const places = new Map(classes.map((label, place) => [label, byClass[place]!]));
  return Array.from(labels, (label) => places.get(label)!);
}

/** What {@link oversample} and {@link undersample} take. */
export interface ResampleOptions {
  /** Integer from 0 to 2^64 - 1; 42 by default. */
  seed?: number | bigint;
}

function resample(
  where: string,
  labels: ArrayLike<ClassLabel>,
  options: ResampleOptions,
  draw: (members: readonly number[], sizes: readonly number[], random: PhiloxRandom) => Iterable<number>,
): Uint32Array {
  checkOptionNames(where, options, ['seed']);
  const random = new PhiloxRandom(options.seed ?? 42);
  const classes = [...rowsOfClasses(where, labels).values()];
  const sizes = classes.map(({ length }) => length);
  return Uint32Array.from(classes.flatMap((members) => [...draw(members, sizes, random)])).sort();
}

/**
 * Indices of every row, and of drawn rows of the smaller classes once more, so that all classes are as large as the
 * largest; ascending, for `dataset.select`. Only training rows are to be drawn again: split first.
 *
 * @throws {DataError} A label is neither number nor text.
 *
 * @example
 * ```ts
 * import { oversample } from 'gridstride';
 * console.log(oversample(['ham', 'ham', 'spam'])); // Uint32Array(4) [ 0, 1, 2, 2 ]
 * ```
 */
export function oversample(labels: ArrayLike<ClassLabel>, options: ResampleOptions = {}): Uint32Array {
  return resample('oversample', labels, options, (members, sizes, random) => {
    const more = sizes.reduce((most, size) => Math.max(most, size), 0) - members.length;
    return [...members, ...Array.from({ length: more }, () => members[random.nextBelow(members.length)]!)];
  });
}

/**
 * Indices of as many rows of each class as the smallest has, drawn without repeats; ascending, for `dataset.select`.
 *
 * @throws {DataError} A label is neither number nor text.
 *
 * @example
 * ```ts
 * import { undersample } from 'gridstride';
 * console.log(undersample(['ham', 'spam', 'ham']).length); // 2
 * ```
 */
export function undersample(labels: ArrayLike<ClassLabel>, options: ResampleOptions = {}): Uint32Array {
  return resample('undersample', labels, options, (members, sizes, random) => {
    const kept = sizes.reduce((least, size) => Math.min(least, size), Infinity);
    return Array.from(permutation(members.length, random).subarray(0, kept), (place) => members[place]!);
  });
}
