import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { BLEU_TOKENIZERS, type BleuTokenizer } from './bleu_tokenizers.js';
import { closestLength, countNgrams, greatestCounts, overlapOf } from './ngrams.js';
import { type TextPair, type TextReferences, readPairs } from './text_pairs.js';
import { trimmedEnd } from './words.js';

/** What {@link sacrebleu} takes. */
export interface SacrebleuOptions {
  /** 13a by default. */
  tokenize?: BleuTokenizer;
  lowercase?: boolean;
  /** What stands for runs of words that never match: halves (exp, the default), `smoothValue`, or 0; add-k adds to all. */
  smoothMethod?: 'exp' | 'floor' | 'add-k' | 'none';
  /** Of floor, 0.1 by default; of add-k, 1. */
  smoothValue?: number;
  /** The longest runs of words; 4 by default. */
  maxNgramOrder?: number;
  /** Whether runs longer than any text are left out, as single sentences need; false by default. */
  useEffectiveOrder?: boolean;
}

/** A score from 0 to 100 and what it is made of. */
export interface SacrebleuScore {
  score: number;
  /** Runs of 1, 2, ... words that references have too, all of them, and the share, from 0 to 100. */
  counts: number[];
  totals: number[];
  precisions: number[];
  /** The brevity penalty. */
  bp: number;
  /** Words of the predictions, and of the references nearest in length. */
  sysLen: number;
  refLen: number;
}

const OPTION_NAMES = ['tokenize', 'lowercase', 'smoothMethod', 'smoothValue', 'maxNgramOrder', 'useEffectiveOrder'];
const SMOOTH_VALUES = { exp: 0, floor: 0.1, 'add-k': 1, none: 0 };
const MAX_ORDER = 4;
/** Stands for the logarithm of 0. */
const LOG_OF_NOTHING = -9999999999;

function checkOptions(where: string, options: SacrebleuOptions): void {
  checkOptionNames(where, options, OPTION_NAMES);
  const { tokenize = '13a', smoothMethod = 'exp', smoothValue, maxNgramOrder = MAX_ORDER } = options;
  const lists = { tokenize: [tokenize, BLEU_TOKENIZERS], smoothMethod: [smoothMethod, SMOOTH_VALUES] } as const;
  for (const [name, [value, known]] of Object.entries(lists)) {
    if (Object.hasOwn(known, value)) continue;
    const rule = `${name} must be one of ${Object.keys(known).join(', ')}`;
    throw new ConfigError(`${where}: ${rule}, got ${shown(value)}`, { [name]: value });
  }
  if (smoothValue !== undefined && !(smoothValue >= 0 && smoothValue < Infinity))
    throw new ConfigError(`${where}: smoothValue must be a number from 0, got ${shown(smoothValue)}`, { smoothValue });
  if (!Number.isSafeInteger(maxNgramOrder) || maxNgramOrder < 1)
    throw new ConfigError(`${where}: maxNgramOrder must be an integer from 1, got ${shown(maxNgramOrder)}`);
}

/** The counts that BLEU is made of; adding texts costs no memory. @internal */
export class BleuCounts {
  readonly #options: SacrebleuOptions;
  readonly #matches: number[];
  readonly #totals: number[];
  #length = 0;
  #referenceLength = 0;

  /** @throws {ConfigError} An option is unknown or out of range. */
  constructor(where: string, options: SacrebleuOptions) {
    checkOptions(where, options);
    this.#options = options;
    const orders = { length: options.maxNgramOrder ?? MAX_ORDER };
    [this.#matches, this.#totals] = [Array.from(orders, () => 0), Array.from(orders, () => 0)];
  }

  add({ prediction, references }: TextPair): void {
    const words = this.#wordsOf(prediction);
    const known = references.map((reference) => this.#wordsOf(reference));
    for (const i of this.#matches.keys()) {
      const counts = countNgrams(words, i + 1);
      this.#matches[i]! += overlapOf(counts, greatestCounts(known.map((list) => countNgrams(list, i + 1))));
      this.#totals[i]! += Math.max(0, words.length - i);
    }
    this.#length += words.length;
    const lengths = known.map((list) => list.length);
    this.#referenceLength += closestLength(words.length, lengths);
  }

  compute(): SacrebleuScore {
    const { smoothMethod = 'exp', useEffectiveOrder = false } = this.#options;
    const [sysLen, refLen] = [this.#length, this.#referenceLength];
    const bp = sysLen >= refLen ? 1 : sysLen > 0 ? Math.exp(1 - refLen / sysLen) : 0;
    const isAny = this.#matches.some((count) => count > 0);
    const added = (counts: readonly number[]): number[] =>
      counts.map((count, i) => (isAny && smoothMethod === 'add-k' && i > 0 ? count + this.#smoothValue() : count));
    const [counts, totals] = [added(this.#matches), added(this.#totals)];
    const firstEmpty = totals.indexOf(0);
    const effective = useEffectiveOrder && firstEmpty >= 0 ? firstEmpty : totals.length;
    const precisions = isAny ? this.#precisions(counts, totals) : totals.map(() => 0);
    const logs = precisions.slice(0, effective).map((share) => (share === 0 ? LOG_OF_NOTHING : Math.log(share)));
    const score = isAny ? bp * Math.exp(logs.reduce((sum, log) => sum + log, 0) / effective) : 0;
    return { score, counts, totals, precisions, bp, sysLen, refLen };
  }

  #wordsOf(text: string): string[] {
    const { tokenize = '13a', lowercase = false } = this.#options;
    return BLEU_TOKENIZERS[tokenize](trimmedEnd(lowercase ? text.toLowerCase() : text));
  }

  #smoothValue(): number {
    return this.#options.smoothValue ?? SMOOTH_VALUES[this.#options.smoothMethod ?? 'exp'];
  }

  /** Nothing counts from the first length on that no run of words has. */
  #precisions(counts: readonly number[], totals: readonly number[]): number[] {
    const { smoothMethod = 'exp' } = this.#options;
    const end = totals.includes(0) ? totals.indexOf(0) : totals.length;
    let power = 1;
    return counts.map((count, i) => {
      if (i >= end) return 0;
      if (count > 0) return (100 * count) / totals[i]!;
      if (smoothMethod === 'exp') return 100 / (2 ** power++ * totals[i]!);
      return smoothMethod === 'floor' ? (100 * this.#smoothValue()) / totals[i]! : 0;
    });
  }
}

/**
 * BLEU of texts, from 0 to 100. Values are those of sacreBLEU's corpus_bleu (Post, WMT 2018); of one text with
 * `useEffectiveOrder: true`, those of its sentence_bleu.
 *
 * @param predictions The texts, not cut into words.
 * @param references One for each, or several.
 * @throws {DataError} They are not as many, none, or no texts.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { sacrebleu } from 'gridstride';
 * console.log(sacrebleu(['The cat sat on a mat.'], ['The cat sat on the mat.']).score.toFixed(2)); // 48.89
 * ```
 */
export function sacrebleu(
  predictions: readonly string[],
  references: readonly TextReferences[],
  options: SacrebleuOptions = {},
): SacrebleuScore {
  const counts = new BleuCounts('sacrebleu', options);
  for (const pair of readPairs('sacrebleu', predictions, references)) counts.add(pair);
  return counts.compute();
}
