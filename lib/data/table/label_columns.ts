import { compareCodePoints } from '../../util/code_points.js';
import { didYouMean } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import type { LoopPacer } from '../../util/yield.js';
import type { RowSource } from './row_source.js';

/** Reads one column row by row, with the event loop's turns between. */
async function eachValue(
  rows: RowSource<object>,
  column: string,
  pacer: LoopPacer,
  visit: (value: unknown, row: number) => void,
): Promise<void> {
  for (let row = 0; row < rows.length; row++) {
    visit((rows.at(row) as Record<string, unknown>)[column], row);
    if ((row & 63) === 0 && pacer.isDue()) await pacer.pause();
  }
}

/**
 * The different values of a column in order of appearance.
 * @internal
 */
export async function uniqueValues(rows: RowSource<object>, column: string, pacer: LoopPacer): Promise<Set<unknown>> {
  const found = new Set<unknown>();
  await eachValue(rows, column, pacer, (value) => found.add(value));
  return found;
}

/**
 * Values of a column as class names, sorted by code point: the order of Hugging Face's datasets.
 * @throws {DataError} A row has none, or one that is no text, number or truth value.
 * @internal
 */
export async function findNames(
  where: string,
  rows: RowSource<object>,
  column: string,
  pacer: LoopPacer,
  split: (value: unknown, row: number) => readonly unknown[],
): Promise<string[]> {
  const names = new Set<string>();
  await eachValue(rows, column, pacer, (value, row) => {
    for (const part of split(value, row)) names.add(nameOf(where, column, part, row));
  });
  return [...names].sort(compareCodePoints);
}

function nameOf(where: string, column: string, value: unknown, row: number): string {
  if (['string', 'number', 'boolean'].includes(typeof value) && !Number.isNaN(value)) return String(value);
  const rule = `column ${column} must hold labels (texts or numbers)`;
  throw new DataError(`${where}: ${rule}, got ${shown(value)} in row ${row}`, { column, row });
}

/** Finds the class of a label. @internal */
export class LabelIndex {
  readonly #where: string;
  readonly #column: string;
  readonly #places: ReadonlyMap<string, number>;
  readonly #isFound: boolean;

  /**
   * @param isFound The names are the column's own values, not a list that it is to follow: numbers are names then.
   * @throws {ConfigError} There are no names, or one comes twice.
   */
  constructor(where: string, column: string, names: readonly string[], isFound: boolean) {
    if (!Array.isArray(names) || names.length === 0 || names.some((name) => typeof name !== 'string'))
      throw new ConfigError(`${where}: label names must be a list of texts, got ${shown(names)}`);
    this.#where = where;
    this.#column = column;
    this.#isFound = isFound;
    this.#places = new Map(names.map((name, place) => [name, place]));
    if (this.#places.size < names.length)
      throw new ConfigError(`${where}: label names must differ, got ${shown(names)}`);
  }

  get size(): number {
    return this.#places.size;
  }

  /**
   * The place of a name; what is no name may be the place itself, as a number or in digits.
   * @throws {DataError} It is neither.
   */
  of(value: unknown, row: number): number {
    const name = nameOf(this.#where, this.#column, value, row);
    const isPlace = !this.#isFound && /^\d{1,7}$/.test(name) && Number(name) < this.size;
    if (isPlace && typeof value === 'number') return value;
    const place = this.#places.get(name) ?? (isPlace ? Number(name) : undefined);
    if (place !== undefined) return place;
    const known = [...this.#places.keys()];
    const rule = `column ${this.#column} must hold known labels (${known.slice(0, 20).join(', ')})`;
    const got = `${shown(value)} in row ${row}${didYouMean(name, known)}`;
    throw new DataError(`${this.#where}: ${rule}, got ${got}`, { column: this.#column, row, value });
  }
}

/**
 * A value as a list of labels: a list as it is, a text cut at the separator; empty parts are no labels.
 * @internal
 */
export function splitLabels(where: string, separator: string): (value: unknown, row: number) => readonly unknown[] {
  return (value, row) => {
    if (Array.isArray(value)) return value as unknown[];
    if (typeof value === 'number') return [value];
    if (typeof value === 'string') {
      const parts = value.split(separator).map((part) => part.trim());
      return parts.filter((part) => part !== '');
    }
    throw new DataError(`${where}: labels must be a text or a list, got ${shown(value)} in row ${row}`, { row });
  };
}

/** The class of each row. @internal */
export async function classColumn(rows: RowSource<object>, column: string, index: LabelIndex, pacer: LoopPacer) {
  const values: number[] = [];
  await eachValue(rows, column, pacer, (value, row) => values.push(index.of(value, row)));
  return values;
}

/** A 1 for each label of a row, a 0 for each other one. @internal */
export async function multiLabelColumn(
  rows: RowSource<object>,
  column: string,
  index: LabelIndex,
  pacer: LoopPacer,
  split: (value: unknown, row: number) => readonly unknown[],
): Promise<number[][]> {
  const values: number[][] = [];
  await eachValue(rows, column, pacer, (value, row) => {
    const list = Array.from({ length: index.size }, () => 0);
    for (const part of split(value, row)) list[index.of(part, row)] = 1;
    values.push(list);
  });
  return values;
}

/** Finite numbers of a column that may hold them as texts. @internal */
export async function numberColumn(where: string, rows: RowSource<object>, column: string, pacer: LoopPacer) {
  const values: number[] = [];
  await eachValue(rows, column, pacer, (value, row) => {
    const isBlank = typeof value === 'string' && value.trim() === '';
    const number = isBlank || !['number', 'string', 'bigint', 'boolean'].includes(typeof value) ? NaN : Number(value);
    if (!Number.isFinite(number)) {
      const rule = `column ${column} must hold numbers`;
      throw new DataError(`${where}: ${rule}, got ${shown(value)} in row ${row}`, { column, row, value });
    }
    values.push(number);
  });
  return values;
}
