import { ConfigError } from '../../util/errors.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { shown } from '../../util/shown.js';
import { type TagOptions, type TagSpan, checkTags, spansOf } from './entities.js';
import {
  ENTITY_OPTION_NAMES,
  type EntityAverage,
  EntityCounts,
  type EntityOptions,
  checkEntityOptions,
  tagPairs,
} from './entity_counts.js';

/** Scores of the entities of all types together. */
export interface EntityScores {
  /** The share of predicted entities that are there, with the same words and type. */
  precision: number;
  /** The share of entities that were predicted. */
  recall: number;
  f1: number;
  /** The share of tokens with the right tag. */
  accuracy: number;
}

/** The tags of sentences: one list each. */
export type TagLists = readonly (readonly string[])[];

/** Entities of all sentences, counted. @internal */
export function countEntities(where: string, yTrue: TagLists, yPred: TagLists, options: EntityOptions): EntityCounts {
  const counts = new EntityCounts(where, options);
  for (const [truth, predicted] of tagPairs(where, yTrue, yPred)) counts.add(truth, predicted);
  return counts;
}

/** @throws {ConfigError} It is no average. @internal */
export function checkAverage(where: string, average: EntityAverage): void {
  if (['micro', 'macro', 'weighted'].includes(average)) return;
  throw new ConfigError(`${where}: average must be micro, macro or weighted, got ${shown(average)}`, { average });
}

/** The scores of what was counted. @internal */
export function scoresOf(counts: EntityCounts, average: EntityAverage): EntityScores {
  return { ...counts.averaged(average), accuracy: counts.tokens === 0 ? 0 : counts.rightTokens / counts.tokens };
}

/**
 * Precision, recall and F1 of entities: a predicted one counts as right where its words and its type are. Values are those
 * of seqeval, by default of its default mode, which takes any run of tags that can be told apart, as conlleval does.
 *
 * @param yTrue The true tags of each sentence, such as `B-PER`.
 * @param yPred The predicted ones.
 * @throws {DataError} Sentences differ in length, there are none, or a tag is none of the scheme's.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { entityScores } from 'gridstride';
 * const yTrue = [['B-PER', 'I-PER', 'O', 'B-LOC']];
 * const { precision, recall } = entityScores(yTrue, [['B-PER', 'O', 'O', 'B-LOC']]);
 * console.log(precision, recall); // 0.5 0.5
 * ```
 */
export function entityScores(
  yTrue: TagLists,
  yPred: TagLists,
  options: EntityOptions & { average?: EntityAverage } = {},
): EntityScores {
  checkEntityOptions('entityScores', options, [...ENTITY_OPTION_NAMES, 'average']);
  const { average = 'micro' } = options;
  checkAverage('entityScores', average);
  return scoresOf(countEntities('entityScores', yTrue, yPred, options), average);
}

/**
 * The entities that a sentence's tags name, first and last token included.
 *
 * @throws {DataError} A tag is no text, or none of the scheme's.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { getEntities } from 'gridstride';
 * console.log(getEntities(['B-PER', 'I-PER', 'O', 'B-LOC']));
 * // [ { type: 'PER', start: 0, end: 1 }, { type: 'LOC', start: 3, end: 3 } ]
 * ```
 */
export function getEntities(tags: readonly string[], options: TagOptions = {}): TagSpan[] {
  checkOptionNames('getEntities', options, ['mode', 'scheme', 'suffix']);
  checkEntityOptions('getEntities', options);
  checkTags('getEntities', tags);
  return spansOf('getEntities', tags, options);
}
