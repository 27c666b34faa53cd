import { compareCodePoints } from '../../util/code_points.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { checkLength, checkList } from './lists.js';

/** The name or index of a class. */
export type Label = number | string;

/** Labels of rows; true and false are the classes 1 and 0. */
export type LabelList = ArrayLike<Label | boolean>;

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

/** Lists of labels as places among their classes. @internal */
export interface EncodedLabels<Name extends string> {
  /** The labels that occur in any of the lists: sorted, without repeats. */
  classes: readonly Label[];
  /** Each list's labels as indices into `classes`. */
  codes: Record<Name, Int32Array>;
}

/**
 * Checks lists of labels, one label per row in each, and numbers their classes.
 *
 * @throws {DataError} Unequal lengths, no labels, labels that are neither integers nor strings, or a mix of both.
 * @internal
 */
export function encodeLabels<Name extends string>(where: string, lists: Record<Name, LabelList>): EncodedLabels<Name> {
  const names = Object.keys(lists) as Name[];
  for (const name of names) {
    checkList(where, name, lists[name]);
    checkLength(where, names[0]!, lists[names[0]!].length, name, lists[name].length);
  }
  if (lists[names[0]!].length === 0) throw new DataError(`${where}: there must be at least one label, got none`);
  const order = new Map<Label, number>();
  const coded = names.map((name) => [name, numberLabels(where, name, lists[name], order)] as const);
  const classes = [...order.keys()].sort(compareLabels);
  checkOneType(where, classes);
  const places = new Int32Array(classes.length);
  classes.forEach((label, place) => (places[order.get(label)!] = place));
  for (const [, codes] of coded) for (let i = 0; i < codes.length; i++) codes[i] = places[codes[i]!]!;
  return { classes, codes: Object.fromEntries(coded) as Record<Name, Int32Array> };
}

/** Each label as the place at which it was first seen. */
function numberLabels(where: string, name: string, labels: LabelList, order: Map<Label, number>): Int32Array {
  const codes = new Int32Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const given = labels[i]!;
    const label = typeof given === 'boolean' ? Number(given) : given;
    let code = order.get(label);
    if (code === undefined) {
      checkLabel(where, label, `${name} at ${i}`);
      code = order.size;
      order.set(label, code);
    }
    codes[i] = code;
  }
  return codes;
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
  checkList(where, 'labels', labels);
  const seen = new Set<Label>();
  for (let i = 0; i < labels.length; i++) {
    const label = labels[i]!;
    checkLabel(where, label, `option labels at ${i}`);
    if (seen.has(label)) throw new ConfigError(`${where}: labels must not repeat, got ${label} twice`, { label });
    seen.add(label);
  }
  checkOneType(where, [...present, ...labels]);
  return labels;
}

/**
 * Where each present class stands among the chosen labels; -1 where it was not chosen.
 * @internal
 */
export function placesAmong(present: readonly Label[], labels: readonly Label[]): Int32Array {
  const places = new Map(labels.map((label, place) => [label, place]));
  return Int32Array.from(present, (label) => places.get(label) ?? -1);
}

/** Whether labels are 0 and 1 or -1 and 1, so that 1 is the positive class. @internal */
export function isUsualPair(present: readonly Label[]): boolean {
  return [0, -1].some((negative) => present.every((label) => label === 1 || label === negative));
}

/**
 * The class that counts as positive: `posLabel`, or 1 where the labels are 0 and 1 or -1 and 1.
 *
 * @throws {ConfigError} It is not given and cannot be told.
 * @internal
 */
export function positiveLabel(where: string, present: readonly Label[], posLabel?: Label): Label {
  if (posLabel !== undefined) {
    checkLabel(where, posLabel, 'option posLabel');
    return posLabel;
  }
  if (isUsualPair(present)) return 1;
  const got = present.slice(0, 5).join(', ');
  throw new ConfigError(`${where}: posLabel must be given for labels other than 0 and 1 or -1 and 1, got ${got}`);
}
