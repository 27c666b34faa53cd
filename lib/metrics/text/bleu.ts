import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { checkLength, checkList } from '../input/lists.js';
import { type BleuSmoothing, type Precision, SMOOTHING, type SmoothingOptions } from './bleu_smoothing.js';
import { closestLength, countNgrams, greatestCounts, overlapOf, totalOf } from './ngrams.js';

/** What {@link corpusBleu} and {@link sentenceBleu} take. */
export interface BleuOptions extends SmoothingOptions {
  /** Of runs of 1, 2, ... words; a quarter each of up to four by default. */
  weights?: readonly number[];
  smoothing?: BleuSmoothing;
  /** Whether hypotheses of under four words in all are scored by runs of as many words as they have; false by default. */
  autoReweigh?: boolean;
}

type Words = readonly string[];

const OPTION_NAMES = ['weights', 'smoothing', 'autoReweigh', 'epsilon', 'alpha', 'k'];
const QUARTERS = [0.25, 0.25, 0.25, 0.25];
const FIVE = 5;

function checkWords(where: string, name: string, words: unknown): asserts words is Words {
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return;
  throw new DataError(`${where}: ${name} must be lists of words, got ${shown(words)}`);
}

function checkOptions(where: string, options: BleuOptions): void {
  checkOptionNames(where, options, OPTION_NAMES);
  const { weights = QUARTERS, smoothing = 'method0', epsilon = 0.1, alpha = 5, k = 5 } = options;
  if (!Array.isArray(weights) || weights.length === 0 || !weights.every(Number.isFinite))
    throw new ConfigError(`${where}: weights must be a list of numbers, got ${shown(weights)}`, { weights });
  if (!Object.hasOwn(SMOOTHING, smoothing))
    throw new ConfigError(`${where}: smoothing must be method0 to method7, got ${shown(smoothing)}`, { smoothing });
  for (const [name, value] of Object.entries({ epsilon, alpha, k }))
    if (!(value > 0 && value < Infinity))
      throw new ConfigError(`${where}: ${name} must be a number above 0, got ${shown(value)}`, { [name]: value });
}

/** Words as short names, so that runs of them can be joined whatever they hold. */
function named(lists: readonly Words[]): string[][] {
  const names = new Map<string, string>();
  return lists.map((words) =>
    words.map((word) => {
      const name = names.get(word) ?? String(names.size);
      names.set(word, name);
      return name;
    }),
  );
}

function precisionOf(hypothesis: Words, references: readonly Words[], order: number): Precision {
  const counts = countNgrams(hypothesis, order);
  const known = greatestCounts(references.map((reference) => countNgrams(reference, order)));
  // Python's too: a hypothesis with no such runs has one that nothing matches.
  return { matches: overlapOf(counts, known), total: Math.max(1, totalOf(counts)) };
}

/**
 * BLEU of sentences as lists of words, from 0 to 1 (Papineni et al., ACL 2002). Values are those of NLTK's corpus_bleu.
 *
 * @param references For each hypothesis one or more sentences.
 * @param hypotheses Sentences as lists of words.
 * @throws {DataError} They are not as many, or no lists of words; `method6` without runs of three words that match.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { corpusBleu } from 'gridstride';
 * const references = [[['the', 'cat', 'sat', 'on', 'the', 'mat']]];
 * console.log(corpusBleu(references, [['the', 'cat', 'sat', 'on', 'a', 'mat']]).toFixed(4)); // 0.5373
 * ```
 */
export function corpusBleu(
  references: readonly (readonly Words[])[],
  hypotheses: readonly Words[],
  options: BleuOptions = {},
): number {
  return bleuOf('corpusBleu', references, hypotheses, options);
}

/**
 * BLEU of one sentence as a list of words, from 0 to 1. Values are those of NLTK's sentence_bleu.
 *
 * @param references One or more sentences as lists of words.
 * @throws {DataError} One is no list of words; `method6` without runs of three words that match.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { sentenceBleu } from 'gridstride';
 * const reference = ['a', 'short', 'line', 'here'];
 * const options = { smoothing: 'method1' } as const;
 * console.log(sentenceBleu([reference], ['a', 'short', 'line'], options).toFixed(4)); // 0.4029
 * ```
 */
export function sentenceBleu(references: readonly Words[], hypothesis: Words, options: BleuOptions = {}): number {
  return bleuOf('sentenceBleu', [references], [hypothesis], options);
}

function bleuOf(
  where: string,
  references: readonly (readonly Words[])[],
  hypotheses: readonly Words[],
  options: BleuOptions,
): number {
  checkOptions(where, options);
  checkList(where, 'references', references);
  checkList(where, 'hypotheses', hypotheses);
  checkLength(where, 'references', references.length, 'hypotheses', hypotheses.length);
  if (hypotheses.length === 0) throw new DataError(`${where}: there must be at least one hypothesis, got none`);
  const { weights = QUARTERS, smoothing = 'method0', epsilon = 0.1, alpha = 5, k = 5 } = options;
  const counts = weights.map((): Precision => ({ matches: 0, total: 0 }));
  let [length, referenceLength] = [0, 0];
  let last = { five: { matches: 0, total: 1 }, length: 0 };
  for (const [i, given] of hypotheses.entries()) {
    checkWords(where, 'hypotheses', given);
    const lists = references[i];
    if (!Array.isArray(lists) || lists.length === 0)
      throw new DataError(`${where}: every hypothesis must have references, got ${shown(lists)}`);
    lists.forEach((list) => checkWords(where, 'references', list));
    const [hypothesis, ...known] = named([given, ...(lists as readonly Words[])]) as [string[], ...string[][]];
    for (const [order, count] of counts.entries()) {
      const { matches, total } = precisionOf(hypothesis, known, order + 1);
      count.matches += matches;
      count.total += total;
    }
    length += hypothesis.length;
    const lengths = known.map((reference) => reference.length);
    referenceLength += closestLength(hypothesis.length, lengths);
    if (i === hypotheses.length - 1) last = { five: precisionOf(hypothesis, known, FIVE), length: hypothesis.length };
  }
  if ((counts[0]?.matches ?? 0) === 0) return 0;
  const precisions = SMOOTHING[smoothing]({ where, counts, length, last, epsilon, alpha, k });
  const isShort = options.autoReweigh === true && length < 4 && weights.join() === QUARTERS.join();
  const used = isShort ? Array.from({ length }, () => 1 / length) : weights;
  const penalty = length > referenceLength ? 1 : Math.exp(1 - referenceLength / length);
  const logs = used.map((weight, i) => (precisions[i]! > 0 ? weight * Math.log(precisions[i]!) : 0));
  return penalty * Math.exp(logs.reduce((sum, log) => sum + log, 0));
}
