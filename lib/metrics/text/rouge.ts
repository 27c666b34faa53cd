import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { lcsPlaces, unionOfLcs } from './common_subsequence.js';
import { countAll, countNgrams, overlapOf, totalOf } from './ngrams.js';
import { porterStem } from './porter_stemmer.js';
import { type TextPair, type TextReferences, readPair, readPairs } from './text_pairs.js';

/** What ROUGE counts: runs of so many words, the longest common subsequence, or those of the lines of a summary. */
export type RougeType = `rouge${1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9}` | 'rougeL' | 'rougeLsum';

/** What {@link rougeScore} and {@link rouge} take. */
export interface RougeOptions<Type extends RougeType = RougeType> {
  /** rouge1, rouge2, rougeL and rougeLsum by default. */
  rougeTypes?: readonly Type[];
  /** Whether words of more than three letters are compared by their stems (Porter's); false by default. */
  useStemmer?: boolean;
}

/** How much of a prediction is in its reference, and the other way round. */
export interface RougeScore {
  precision: number;
  recall: number;
  fmeasure: number;
}

type UsualType = 'rouge1' | 'rouge2' | 'rougeL' | 'rougeLsum';

const USUAL: readonly UsualType[] = ['rouge1', 'rouge2', 'rougeL', 'rougeLsum'];

function toScore(common: number, predicted: number, wanted: number): RougeScore {
  const precision = common / Math.max(predicted, 1);
  const recall = common / Math.max(wanted, 1);
  const sum = precision + recall;
  return { precision, recall, fmeasure: sum > 0 ? (2 * precision * recall) / sum : 0 };
}

/** Words of ASCII letters and digits, in lower case; everything else is a gap. */
function tokensOf(text: string, useStemmer: boolean): string[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return useStemmer ? words.map((word) => (word.length > 3 ? porterStem(word) : word)) : words;
}

/** Lines count one by one; a word counts as often as both texts have it, whatever lines find it. */
function summaryScore(prediction: readonly string[][], reference: readonly string[][]): RougeScore {
  const left = [prediction, reference].map((lines) => countAll(lines.flat()));
  let common = 0;
  for (const line of reference)
    for (const place of unionOfLcs(line, prediction)) {
      const word = line[place]!;
      if (left.some((counts) => (counts.get(word) ?? 0) === 0)) continue;
      for (const counts of left) counts.set(word, counts.get(word)! - 1);
      common += 1;
    }
  return toScore(common, prediction.flat().length, reference.flat().length);
}

function scoreOne(type: RougeType, prediction: string, reference: string, useStemmer: boolean): RougeScore {
  if (type === 'rougeLsum') {
    const linesOf = (text: string) => text.split('\n').map((line) => tokensOf(line, useStemmer));
    return summaryScore(linesOf(prediction), linesOf(reference));
  }
  const [predicted, wanted] = [tokensOf(prediction, useStemmer), tokensOf(reference, useStemmer)];
  if (type === 'rougeL') return toScore(lcsPlaces(wanted, predicted).length, predicted.length, wanted.length);
  const order = Number(type.slice('rouge'.length));
  const [a, b] = [countNgrams(predicted, order), countNgrams(wanted, order)];
  return toScore(overlapOf(a, b), totalOf(a), totalOf(b));
}

/** The types asked for. @throws {ConfigError} An option is unknown, or a type is. @internal */
export function rougeTypes<Type extends RougeType>(where: string, options: RougeOptions<Type>): readonly Type[] {
  checkOptionNames(where, options, ['rougeTypes', 'useStemmer']);
  const types = options.rougeTypes ?? (USUAL as readonly RougeType[] as readonly Type[]);
  const isKnown = (type: unknown): boolean => typeof type === 'string' && /^rouge(?:[1-9]|L|Lsum)$/.test(type);
  if (Array.isArray(types) && types.length > 0 && types.every(isKnown)) return types;
  const rule = 'rougeTypes must be some of rouge1 to rouge9, rougeL and rougeLsum';
  throw new ConfigError(`${where}: ${rule}, got ${shown(types)}`, { rougeTypes: types });
}

/** The scores of one prediction: of several references, those of the one with the best F measure. @internal */
export function scorePair<Type extends RougeType>(
  { prediction, references }: TextPair,
  types: readonly Type[],
  useStemmer = false,
): Record<Type, RougeScore> {
  const best = types.map((type) => {
    const scores = references.map((reference) => scoreOne(type, prediction, reference, useStemmer));
    return [type, scores.reduce((a, b) => (b.fmeasure > a.fmeasure ? b : a))] as const;
  });
  return Object.fromEntries(best) as Record<Type, RougeScore>;
}

/**
 * ROUGE of one text (Lin, ACL Workshop 2004): precision, recall and F measure. Values are those of Python's rouge_score;
 * of several references the best one counts, by F measure.
 *
 * @throws {DataError} The prediction or a reference is no text.
 * @throws {ConfigError} An option or a type is unknown.
 *
 * @example
 * ```ts
 * import { rougeScore } from 'gridstride';
 * const { rouge1 } = rougeScore('the cats sat', 'the cat sat down', { useStemmer: true });
 * console.log(rouge1.precision, rouge1.recall); // 1 0.75
 * ```
 */
export function rougeScore<Type extends RougeType = UsualType>(
  prediction: string,
  references: TextReferences,
  options: RougeOptions<Type> = {},
): Record<Type, RougeScore> {
  const types = rougeTypes('rougeScore', options);
  return scorePair(readPair('rougeScore', prediction, references), types, options.useStemmer);
}

/** The mean F measures of what was added. @internal */
export class RougeMeans<Type extends RougeType> {
  readonly #types: readonly Type[];
  readonly #useStemmer: boolean;
  readonly #sums: number[];
  #rows = 0;

  constructor(types: readonly Type[], useStemmer = false) {
    this.#types = types;
    this.#useStemmer = useStemmer;
    this.#sums = types.map(() => 0);
  }

  add(pair: TextPair): void {
    const scores = scorePair(pair, this.#types, this.#useStemmer);
    this.#types.forEach((type, i) => (this.#sums[i]! += scores[type].fmeasure));
    this.#rows += 1;
  }

  compute(): Record<Type, number> {
    return Object.fromEntries(this.#types.map((type, i) => [type, this.#sums[i]! / this.#rows])) as Record<
      Type,
      number
    >;
  }
}

/**
 * The mean F measure of ROUGE over texts, by type.
 *
 * @param predictions The texts.
 * @param references One for each, or several of which the best one counts.
 * @throws {DataError} They are not as many, none, or no texts.
 * @throws {ConfigError} An option or a type is unknown.
 *
 * @example
 * ```ts
 * import { rouge } from 'gridstride';
 * console.log(rouge(['a cat', 'a dog'], ['a cat', 'the dog'], { rougeTypes: ['rouge1'] })); // { rouge1: 0.75 }
 * ```
 */
export function rouge<Type extends RougeType = UsualType>(
  predictions: readonly string[],
  references: readonly TextReferences[],
  options: RougeOptions<Type> = {},
): Record<Type, number> {
  const means = new RougeMeans(rougeTypes('rouge', options), options.useStemmer);
  for (const pair of readPairs('rouge', predictions, references)) means.add(pair);
  return means.compute();
}
