import type { ProblemType } from '../../models/index.js';
import { compareCodePoints } from '../../util/code_points.js';
import { didYouMean } from '../../util/did_you_mean.js';
import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';

/** A row's label as its file has it: a class, several, or a number to be predicted. @internal */
export type RawLabel = string | readonly string[] | number;

/** A row's label as models take it. @internal */
export type EncodedLabel = number | number[];

/** What labels are, and how they are written. @internal */
export interface LabelRules {
  column: string;
  problem: ProblemType;
  separator: string;
}

function refuse({ column }: LabelRules, rule: string, value: unknown): DataError {
  return new DataError(`column ${column} must hold ${rule}, got ${shown(value)}`, { column, value });
}

function className(rules: LabelRules, value: unknown): string {
  const isName = ['string', 'number', 'boolean'].includes(typeof value) && value !== '';
  if (!isName) throw refuse(rules, 'a label (a text or a number)', value);
  return String(value);
}

function numberOf(rules: LabelRules, value: unknown): number {
  const isBlank = typeof value === 'string' && value.trim() === '';
  const number = isBlank || !['number', 'string'].includes(typeof value) ? Number.NaN : Number(value);
  if (!Number.isFinite(number)) throw refuse(rules, 'numbers', value);
  return number;
}

/** The label of a row's value. @throws DataError when it is none of the problem's kind @internal */
export function readLabel(rules: LabelRules, value: unknown): RawLabel {
  if (rules.problem === 'regression') return numberOf(rules, value);
  if (rules.problem === 'single_label_classification') return className(rules, value);
  if (Array.isArray(value)) return value.map((part) => className(rules, part));
  if (typeof value === 'string') {
    const parts = value.split(rules.separator).map((part) => part.trim());
    // A row may have no label at all.
    return parts.filter((part) => part !== '');
  }
  return [className(rules, value)];
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * The problem that labels speak of: lists mean several labels a row; numbers that are not all whole, as they are
 * written, mean regression; all else is classes.
 * @internal
 */
export function inferProblem(values: readonly unknown[]): ProblemType {
  if (values.some(Array.isArray)) return 'multi_label_classification';
  const areNumbers = values.every((value) => typeof value === 'number' || NUMBER.test(String(value).trim()));
  const isBroken = (value: unknown) =>
    typeof value === 'number' ? !Number.isInteger(value) : /[.e]/i.test(String(value));
  return values.length > 0 && areNumbers && values.some(isBroken) ? 'regression' : 'single_label_classification';
}

const WHOLE_NUMBER = /^(?:0|[1-9]\d{0,6})$/;

/** The classes that occur, sorted by code point; where all are whole numbers, by these. @internal */
export function namesIn(labels: Iterable<RawLabel>): string[] {
  const names = new Set<string>();
  for (const label of labels) for (const name of typeof label === 'object' ? label : [String(label)]) names.add(name);
  const sorted = [...names].sort(compareCodePoints);
  return sorted.every((name) => WHOLE_NUMBER.test(name)) ? sorted.sort((a, b) => Number(a) - Number(b)) : sorted;
}

/**
 * The classes that a training on such labels has: the model's own where a label is the name of one, or where all are
 * numbers of theirs; else those that occur.
 *
 * @param own names that somebody gave the model's classes; none where nobody did
 * @internal
 */
export function classesFor(own: readonly string[], labels: readonly RawLabel[]): readonly string[] {
  const occurring = namesIn(labels);
  const index = new ClassIndex(own);
  const areOwn = occurring.some((name) => own.includes(name)) || occurring.every((name) => index.has(name));
  return areOwn && own.length > 0 ? own : occurring;
}

/**
 * Finds classes by name. Where no name is a number, the numbers from 0 on are the classes in their order, too. Training
 * and evaluation go by this one rule.
 * @internal
 */
export class ClassIndex {
  readonly names: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #takesNumbers: boolean;
  readonly #whose: string;

  /** @param model whose classes they are, where there are two */
  constructor(names: readonly string[], model?: string) {
    this.names = names;
    this.#whose = model === undefined ? '' : ` of ${model}`;
    this.#places = new Map(names.map((name, place) => [name, place]));
    this.#takesNumbers = !names.some((name) => /^\d+$/.test(name));
  }

  has(name: string): boolean {
    return this.#find(name) !== undefined;
  }

  /** @throws DataError for a class that the model does not have, with the nearest one */
  placeOf(column: string, name: string): number {
    const place = this.#find(name);
    if (place !== undefined) return place;
    const known = `${this.names.slice(0, 20).join(', ')}${this.names.length > 20 ? ', ...' : ''}`;
    const got = `${shown(name)}${didYouMean(name, this.names)}`;
    const rule = `column ${column} must hold labels of the training${this.#whose} (${known})`;
    throw new DataError(`${rule}, got ${got}`, { column, name });
  }

  #find(name: string): number | undefined {
    const number = this.#takesNumbers && WHOLE_NUMBER.test(name) ? Number(name) : Infinity;
    return this.#places.get(name) ?? (number < this.names.length ? number : undefined);
  }

  /** A class's number, or a list of 0 and 1 with a place for each class; numbers stay. @throws DataError */
  encode(column: string, label: RawLabel): EncodedLabel {
    if (typeof label === 'number') return label;
    if (typeof label === 'string') return this.placeOf(column, label);
    const list = this.names.map(() => 0);
    for (const name of label) list[this.placeOf(column, name)] = 1;
    return list;
  }
}
