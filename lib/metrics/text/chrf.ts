import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { type Counts, countNgrams, overlapOf, totalOf } from './ngrams.js';
import { type TextPair, type TextReferences, readPairs } from './text_pairs.js';
import { wordsOf } from './words.js';

/** What {@link chrf} takes. */
export interface ChrfOptions {
  /** The longest runs of characters; 6 by default. */
  charOrder?: number;
  /** The longest runs of words: 0 (the default) is chrF, 2 chrF++. */
  wordOrder?: number;
  /** How much recall weighs against precision; 2 by default. */
  beta?: number;
  lowercase?: boolean;
  /** Whether white space counts among the characters; false by default. */
  whitespace?: boolean;
  /** Whether runs that a text is too short for count as next to nothing, in place of being left out; false by default. */
  epsSmoothing?: boolean;
}

/** Runs of one length: those of a prediction, of its reference, and of both. */
type Matches = [predicted: number, wanted: number, common: number];

const OPTION_NAMES = ['charOrder', 'wordOrder', 'beta', 'lowercase', 'whitespace', 'epsSmoothing'];
const EPSILON = 1e-16;
const PUNCTUATION = /^[!-/:-@[-`{-~]$/;

function checkOptions(where: string, options: ChrfOptions): void {
  checkOptionNames(where, options, OPTION_NAMES);
  const { charOrder = 6, wordOrder = 0, beta = 2 } = options;
  for (const [name, value] of Object.entries({ charOrder, wordOrder }))
    if (!Number.isSafeInteger(value) || value < 0 || charOrder + wordOrder === 0)
      throw new ConfigError(`${where}: ${name} must be an integer from 0, one of them above, got ${shown(value)}`);
  if (!(beta > 0 && beta < Infinity))
    throw new ConfigError(`${where}: beta must be a number above 0, got ${shown(beta)}`, { beta });
}

/** Words with a mark of punctuation at their end, else at their beginning, taken off. */
function wordsAndMarks(text: string): string[] {
  return wordsOf(text).flatMap((word) => {
    const letters = [...word];
    if (letters.length === 1) return [word];
    if (PUNCTUATION.test(letters.at(-1)!)) return [word.slice(0, -1), word.slice(-1)];
    return PUNCTUATION.test(letters[0]!) ? [word[0]!, word.slice(1)] : [word];
  });
}

/** The counts that chrF is made of; adding texts costs no memory. @internal */
export class ChrfCounts {
  readonly #options: ChrfOptions;
  readonly #sums: Matches[];

  /** @throws {ConfigError} An option is unknown or out of range. */
  constructor(where: string, options: ChrfOptions) {
    checkOptions(where, options);
    this.#options = options;
    const { charOrder = 6, wordOrder = 0 } = options;
    this.#sums = Array.from({ length: charOrder + wordOrder }, () => [0, 0, 0]);
  }

  /** Of several references the one with the best score counts. */
  add({ prediction, references }: TextPair): void {
    const predicted = this.#countsOf(prediction);
    const tried = references.map((reference) => {
      const wanted = this.#countsOf(reference);
      const matches = predicted.map((counts, i): Matches => {
        const total = totalOf(wanted[i]!);
        return [total === 0 ? 0 : totalOf(counts), total, overlapOf(counts, wanted[i]!)];
      });
      return { matches, score: this.#scoreOf(matches) };
    });
    const { matches } = tried.reduce((best, next) => (next.score > best.score ? next : best));
    for (const [i, sums] of this.#sums.entries()) matches[i]!.forEach((count, j) => (sums[j]! += count));
  }

  compute(): number {
    return this.#scoreOf(this.#sums);
  }

  #countsOf(given: string): Counts[] {
    const { charOrder = 6, wordOrder = 0, lowercase = false, whitespace = false } = this.#options;
    const text = lowercase ? given.toLowerCase() : given;
    const characters = [...(whitespace ? text : wordsOf(text).join(''))];
    const words = wordOrder > 0 ? wordsAndMarks(text) : [];
    const orders = (length: number): number[] => Array.from({ length }, (_, i) => i + 1);
    return [
      ...orders(charOrder).map((order) => countNgrams(characters, order, '')),
      ...orders(wordOrder).map((order) => countNgrams(words, order)),
    ];
  }

  #scoreOf(matches: readonly Matches[]): number {
    const { beta = 2, epsSmoothing = false } = this.#options;
    const square = beta ** 2;
    const ratios = matches.map(([predicted, wanted, common]) => ({
      precision: predicted > 0 ? common / predicted : EPSILON,
      recall: wanted > 0 ? common / wanted : EPSILON,
      isThere: predicted > 0 && wanted > 0,
    }));
    const score = (precision: number, recall: number): number =>
      ((1 + square) * precision * recall) / (square * precision + recall);
    const mean = (values: readonly number[]): number =>
      values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
    if (epsSmoothing)
      return 100 * mean(ratios.map(({ precision: p, recall: r }) => (p + r > 0 ? score(p, r) : EPSILON)));
    const there = ratios.filter(({ isThere }) => isThere);
    const [precision, recall] = [mean(there.map((ratio) => ratio.precision)), mean(there.map((ratio) => ratio.recall))];
    return precision + recall > 0 ? 100 * score(precision, recall) : 0;
  }
}

/**
 * The F score of runs of characters, from 0 to 100: chrF (Popović, WMT 2015), and with `wordOrder: 2` chrF++ (Popović, WMT
 * 2017). Values are those of sacreBLEU's corpus_chrf.
 *
 * @param predictions The texts.
 * @param references One for each, or several of which the best one counts.
 * @throws {DataError} They are not as many, none, or no texts.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { chrf } from 'gridstride';
 * console.log(chrf(['the cat'], ['the cats'], { wordOrder: 2 }).toFixed(2)); // 64.50
 * ```
 */
export function chrf(
  predictions: readonly string[],
  references: readonly TextReferences[],
  options: ChrfOptions = {},
): number {
  const counts = new ChrfCounts('chrf', options);
  for (const pair of readPairs('chrf', predictions, references)) counts.add(pair);
  return counts.compute();
}
