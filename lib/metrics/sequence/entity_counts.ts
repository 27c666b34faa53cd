import { compareCodePoints } from '../../util/code_points.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import type { Cells } from '../classification/cells.js';
import { pooled } from '../classification/averaging.js';
import { type LabelRatios, averageScores, ratiosOf } from '../classification/precision_recall.js';
import { checkLength, checkList } from '../input/lists.js';
import { type TagOptions, type TagSpan, checkTags, spansOf } from './entities.js';
import { SCHEMES } from './schemes.js';

/** How the types' scores become one: all entities together, the plain mean, or the mean by entities. */
export type EntityAverage = 'micro' | 'macro' | 'weighted';

/** What scores of entities take. */
export interface EntityOptions extends TagOptions {
  /** The score where nothing was predicted or nothing was there; 0 by default. */
  zeroDivision?: 0 | 1;
}

/** The names of {@link EntityOptions}. @internal */
export const ENTITY_OPTION_NAMES = ['mode', 'scheme', 'suffix', 'zeroDivision'];

/** @throws {ConfigError} An option is unknown or out of range. @internal */
export function checkEntityOptions(where: string, options: EntityOptions, names = ENTITY_OPTION_NAMES): void {
  checkOptionNames(where, options, names);
  const { mode, scheme, zeroDivision = 0, suffix = false } = options;
  const known = Object.keys(SCHEMES);
  if (mode !== undefined && mode !== 'strict')
    throw new ConfigError(`${where}: mode must be strict or left out, got ${shown(mode)}`, { mode });
  if (mode === 'strict' ? !known.includes(scheme as string) : scheme !== undefined) {
    const rule = mode === 'strict' ? `be one of ${known.join(', ')} in strict mode` : 'be left out but in strict mode';
    throw new ConfigError(`${where}: scheme must ${rule}, got ${shown(scheme)}`, { scheme });
  }
  if (zeroDivision !== 0 && zeroDivision !== 1)
    throw new ConfigError(`${where}: zeroDivision must be 0 or 1, got ${shown(zeroDivision)}`, { zeroDivision });
  if (typeof suffix !== 'boolean')
    throw new ConfigError(`${where}: suffix must be true or false, got ${shown(suffix)}`, { suffix });
}

/** The sentences' tags, checked. @throws {DataError} They are no such lists, or differ in length. @internal */
export function* tagPairs(
  where: string,
  yTrue: readonly (readonly string[])[],
  yPred: readonly (readonly string[])[],
): Generator<[truth: readonly string[], predicted: readonly string[]]> {
  checkList(where, 'yTrue', yTrue);
  checkList(where, 'yPred', yPred);
  checkLength(where, 'yTrue', yTrue.length, 'yPred', yPred.length);
  if (yTrue.length === 0) throw new DataError(`${where}: there must be at least one sentence, got none`);
  for (const [i, truth] of yTrue.entries()) {
    const predicted = yPred[i];
    checkTags(where, truth);
    checkTags(where, predicted);
    if (truth.length !== predicted.length) {
      const got = `${truth.length} and ${predicted.length} in sentence ${i}`;
      throw new DataError(`${where}: a sentence must have as many true tags as predicted ones, got ${got}`, { row: i });
    }
    yield [truth, predicted];
  }
}

/** Entities of one type. */
interface TypeCounts {
  found: number;
  predicted: number;
  actual: number;
}

/** How many entities of each type are there, are predicted, and are both; adding sentences costs no memory. @internal */
export class EntityCounts {
  readonly #where: string;
  readonly #options: EntityOptions;
  readonly #types = new Map<string, TypeCounts>();
  tokens = 0;
  rightTokens = 0;

  /** @param options checked already */
  constructor(where: string, options: EntityOptions) {
    this.#where = where;
    this.#options = options;
  }

  add(truth: readonly string[], predicted: readonly string[]): void {
    const keyOf = ({ type, start, end }: TagSpan): string => `${start} ${end} ${type}`;
    const actual = spansOf(this.#where, truth, this.#options);
    const there = new Set(actual.map(keyOf));
    for (const { type } of actual) this.#of(type).actual += 1;
    for (const span of spansOf(this.#where, predicted, this.#options)) {
      const counts = this.#of(span.type);
      counts.predicted += 1;
      if (there.has(keyOf(span))) counts.found += 1;
    }
    this.tokens += truth.length;
    this.rightTokens += truth.filter((tag, i) => tag === predicted[i]).length;
  }

  /** The types that occur, sorted. */
  get types(): string[] {
    return [...this.#types.keys()].sort(compareCodePoints);
  }

  /** Scores by type, in the order of {@link types}, or of all entities together. */
  ratios(average?: EntityAverage): LabelRatios {
    const counts = this.types.map((type) => this.#types.get(type)!);
    const cells: Cells = {
      truePositives: Float64Array.from(counts, ({ found }) => found),
      falsePositives: Float64Array.from(counts, ({ found, predicted }) => predicted - found),
      falseNegatives: Float64Array.from(counts, ({ found, actual }) => actual - found),
      trueNegatives: new Float64Array(counts.length),
    };
    const { zeroDivision = 0 } = this.#options;
    // Without any entity there is no type to take the mean of.
    return ratiosOf(average === 'micro' || counts.length === 0 ? pooled(cells) : cells, zeroDivision);
  }

  averaged(average: EntityAverage): { precision: number; recall: number; f1: number } {
    const { precision, recall, fscore } = averageScores(this.ratios(average), average);
    return { precision, recall, f1: fscore };
  }

  /** How many entities there are. */
  get support(): number {
    return [...this.#types.values()].reduce((sum, { actual }) => sum + actual, 0);
  }

  #of(type: string): TypeCounts {
    const counts = this.#types.get(type) ?? { found: 0, predicted: 0, actual: 0 };
    this.#types.set(type, counts);
    return counts;
  }
}
