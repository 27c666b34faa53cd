import { checkOptionNames, didYouMean } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { PhiloxRandom } from '../util/philox.js';
import { shown } from '../util/shown.js';

/** A value that a trial tries. */
export type SearchValue = string | number | boolean | null;

/**
 * What values a setting may have: a list of them, or a range. A grid takes a list, all integers of a range, or
 * `points` values at even distances (of even ratios, of `log_uniform`).
 */
export type SearchRange =
  | readonly SearchValue[]
  | { type: 'choice'; values: readonly SearchValue[] }
  | { type: 'uniform' | 'log_uniform'; min: number; max: number; points?: number }
  | { type: 'int'; min: number; max: number; step?: number };

/** Settings to search, by name. */
export type SearchSpace = Readonly<Record<string, SearchRange>>;

/** One setting, checked. @internal */
export interface Dimension {
  /** Those of the model begin with `model.`, which no training argument does. */
  name: string;
  /** A value of the range, all as likely (in their logarithms, of `log_uniform`). */
  draw(random: PhiloxRandom): SearchValue;
  /** Every value of a grid; undefined where there is no end of them. */
  grid: readonly SearchValue[] | undefined;
  /** Whether ratios matter, not distances: pictures have a logarithmic axis. */
  isLogarithmic: boolean;
}

const TYPES = ['choice', 'uniform', 'log_uniform', 'int'] as const;
const OPTIONS = {
  choice: ['type', 'values'],
  uniform: ['type', 'min', 'max', 'points'],
  log_uniform: ['type', 'min', 'max', 'points'],
  int: ['type', 'min', 'max', 'step'],
} as const;
/** Before the names of settings that are no training arguments. @internal */
export const MODEL_PREFIX = 'model.';
/** Values of one setting in a grid. */
const MOST_VALUES = 10_000;

function refuse(name: string, rule: string, got: unknown): never {
  throw new ConfigError(`search: ${name} ${rule}, got ${shown(got)}`, { name, value: got });
}

function isValue(value: unknown): value is SearchValue {
  return value === null || ['string', 'boolean'].includes(typeof value) || Number.isFinite(value);
}

function choice(name: string, values: unknown): Dimension {
  if (!Array.isArray(values) || values.length === 0 || values.length > MOST_VALUES || !values.every(isValue))
    return refuse(name, 'must have a list of texts, numbers or truth values to choose from', values);
  if (new Set(values).size < values.length) return refuse(name, 'must have different values to choose from', values);
  const grid = values as readonly SearchValue[];
  return { name, grid, isLogarithmic: false, draw: (random) => grid[random.nextBelow(grid.length)]! };
}

function integers(name: string, min: number, max: number, step: number): Dimension {
  if (![min, max, step].every(Number.isSafeInteger) || step < 1)
    return refuse(name, 'must have integers for min, max and step', { min, max, step });
  const count = Math.floor((max - min) / step) + 1;
  const at = (i: number): number => min + i * step;
  return {
    name,
    isLogarithmic: false,
    grid: count > MOST_VALUES ? undefined : Array.from({ length: count }, (_, i) => at(i)),
    draw: (random) => at(random.nextBelow(count)),
  };
}

/** A number that was computed, without digits that are noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(12));
}

function floats(name: string, range: { min: number; max: number; points?: number }, isLogarithmic: boolean): Dimension {
  const { min, max, points } = range;
  if (isLogarithmic && min <= 0) return refuse(name, 'must have a min above 0', min);
  if (points !== undefined && !(Number.isInteger(points) && points >= 2 && points <= MOST_VALUES))
    return refuse(name, `must have from 2 to ${MOST_VALUES} points`, points);
  const at = (share: number): number => rounded(isLogarithmic ? min * (max / min) ** share : min + share * (max - min));
  return {
    name,
    isLogarithmic,
    grid: points === undefined ? undefined : Array.from({ length: points }, (_, i) => at(i / (points - 1))),
    draw: (random) => at(random.nextFloat()),
  };
}

function dimensionOf(name: string, range: unknown): Dimension {
  if (Array.isArray(range)) return choice(name, range);
  if (typeof range !== 'object' || range === null)
    return refuse(name, 'must be a list of values or a range { type, ... }', range);
  const { type, values, min, max, step = 1, points } = range as Record<string, unknown>;
  if (!TYPES.includes(type as (typeof TYPES)[number])) {
    const near = typeof type === 'string' ? didYouMean(type, TYPES) : '';
    return refuse(name, `must have a type of ${TYPES.join(', ')}${near}`, type);
  }
  checkOptionNames(`search: ${name}`, range, OPTIONS[type as (typeof TYPES)[number]]);
  if (type === 'choice') return choice(name, values);
  const isRange = Number.isFinite(min) && Number.isFinite(max) && (min as number) < (max as number);
  if (!isRange) return refuse(name, 'must have numbers for min and max, min below max', { min, max });
  const [least, greatest] = [min as number, max as number];
  if (type === 'int') return integers(name, least, greatest, step as number);
  const given = { min: least, max: greatest, ...(points !== undefined && { points: points as number }) };
  return floats(name, given, type === 'log_uniform');
}

/**
 * The settings of a space in the order given.
 * @param known the names there may be; without it they are those of a model, any
 * @throws ConfigError for an unknown name (with the nearest known one) or a range that is none
 * @internal
 */
export function dimensionsOf(where: string, space: SearchSpace, known?: readonly string[]): Dimension[] {
  const prefix = known === undefined ? MODEL_PREFIX : '';
  if (typeof space !== 'object' || space === null || Array.isArray(space))
    throw new ConfigError(`search: ${where} must map names to values or ranges, got ${shown(space)}`);
  if (known !== undefined) checkOptionNames(`search: ${where}`, space, known);
  return Object.entries(space).map(([name, range]) => dimensionOf(prefix + name, range));
}

/** Values by name, of one trial. @internal */
export type Params = Record<string, SearchValue>;

/** Every combination, the last setting varying fastest. @throws ConfigError for a range without an end, or too many @internal */
export function gridOf(dimensions: readonly Dimension[], most: number): Params[] {
  let all: Params[] = [{}];
  for (const { name, grid } of dimensions) {
    if (grid === undefined)
      throw new ConfigError(`search: a grid needs a list of values, or points, for ${name}, got a range without`, {
        name,
      });
    if (all.length * grid.length > most)
      throw new ConfigError(`search: a grid must have at most ${most} trials, got more`, { most });
    all = all.flatMap((params) => grid.map((value) => ({ ...params, [name]: value })));
  }
  return all;
}

/** The values of trial `id`: they depend on the seed, the id and the settings' names alone, not on other trials. @internal */
export function drawParams(dimensions: readonly Dimension[], seed: number, id: number): Params {
  const random = new PhiloxRandom(seed, BigInt(id) << 32n);
  const drawn = new Map<string, SearchValue>();
  const byName = [...dimensions].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const dimension of byName) drawn.set(dimension.name, dimension.draw(random));
  return Object.fromEntries(dimensions.map(({ name }) => [name, drawn.get(name)!]));
}
