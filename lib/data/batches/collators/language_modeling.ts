import type { PreTrainedTokenizer } from '../../../tokenizers/index.js';
import { checkOptionNames } from '../../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../../util/errors.js';
import { PhiloxRandom } from '../../../util/philox.js';
import type { BatchPlace, DataCollator, PackedBatch, PaddedBatch, TokenizedRow } from '../collator.js';
import { type BatchFormOptions, FORM_OPTIONS, formOf, IGNORE_INDEX } from './batch_form.js';
import { maskRow, type MaskRule } from './word_masks.js';

/** What {@link DataCollatorForLanguageModeling} takes. */
export interface LanguageModelingOptions extends BatchFormOptions {
  tokenizer: PreTrainedTokenizer;
  /** Whether words are masked and predicted (the default), or each token's next one is. */
  mlm?: boolean;
  /** Chance of each token, or word, to be predicted; 0.15 by default. */
  mlmProbability?: number;
  /** Share of those that become the mask token; 0.8 by default, 1 of whole words. */
  maskReplaceProb?: number;
  /** Share of those that become any token; 0.1 by default, 0 of whole words. The others stay. */
  randomReplaceProb?: number;
  /** Whether all tokens of a word are predicted, or none; rows then have `wordIds`. */
  wholeWordMask?: boolean;
  /** Of the choice: the same batches in the same order, the same masks. 0 by default. */
  seed?: number;
}

/** A row with what masking can read of it, as the tokenizer gives it. */
export interface MaskableRow extends TokenizedRow {
  /** 1 where nothing may be masked; by default the tokenizer's special tokens. */
  specialTokensMask?: ArrayLike<number>;
  /** The word of each token, for whole words; null or -1 where there is none. */
  wordIds?: ArrayLike<number | null>;
}

const OPTION_NAMES = [
  ...FORM_OPTIONS,
  'mlm',
  'mlmProbability',
  'maskReplaceProb',
  'randomReplaceProb',
  'wholeWordMask',
  'seed',
] as const;

/** Blocks of random numbers that a batch may use, and batches an epoch: 22 and 30 bits beside 12 for the epoch. */
const [BLOCK_BITS, BATCH_BITS] = [22n, 30n];

function ruleOf(where: string, options: LanguageModelingOptions): MaskRule | undefined {
  const { tokenizer, mlm = true, wholeWordMask = false, mlmProbability: probability = 0.15 } = options;
  const { maskReplaceProb: masked = wholeWordMask ? 1 : 0.8, randomReplaceProb: random = wholeWordMask ? 0 : 0.1 } =
    options;
  for (const [name, value] of Object.entries({
    mlmProbability: probability,
    maskReplaceProb: masked,
    randomReplaceProb: random,
  }))
    if (!(value >= 0 && value <= 1))
      throw new ConfigError(`${where}: ${name} must be from 0 to 1, got ${String(value)}`, { option: name, value });
  if (masked + random > 1 + 1e-9)
    throw new ConfigError(`${where}: maskReplaceProb and randomReplaceProb must be at most 1 together, got more`);
  if (!mlm && wholeWordMask) throw new ConfigError(`${where}: wholeWordMask needs mlm, got mlm false`);
  if (!mlm) return undefined;
  const maskId = tokenizer.maskTokenId;
  if (maskId === undefined)
    throw new ConfigError(`${where}: mlm needs a mask token, got a tokenizer without (mlm: false predicts next words)`);
  return { probability, masked, random, maskId, vocabSize: tokenizer.totalVocabSize };
}

/**
 * Joins rows for language modelling: with `mlm` some tokens are hidden and become labels, by default 15 %, of which 80 %
 * become the mask token, 10 % any token and 10 % stay (Devlin et al., BERT, 2018, section 3.1); without, the labels are
 * the tokens themselves, which causal models shift. What is hidden follows from the seed and the batch's place in the run.
 *
 * @example
 * ```ts
 * import { DataCollatorForLanguageModeling, trainWordPiece } from 'gridstride';
 * const tokenizer = await trainWordPiece(['the cat sat', 'the mat'], { vocabSize: 60 });
 * const { inputIds } = await tokenizer(['the cat sat']);
 * const collator = new DataCollatorForLanguageModeling({ tokenizer, mlmProbability: 1, maskReplaceProb: 1, randomReplaceProb: 0 });
 * const batch = collator.collate([{ inputIds: inputIds[0]! }]);
 * console.log(tokenizer.decode(batch.inputIds as Int32Array)); // [CLS] [MASK] [MASK] [MASK] [MASK] [MASK] [SEP]
 * ```
 */
export class DataCollatorForLanguageModeling implements DataCollator<MaskableRow, PackedBatch | PaddedBatch> {
  readonly #where: string = this.constructor.name;
  readonly #form: DataCollator<TokenizedRow, PackedBatch | PaddedBatch>;
  readonly #rule: MaskRule | undefined;
  readonly #special: ReadonlySet<number>;
  readonly #options: LanguageModelingOptions;
  /** Batches made where nobody says which they are. */
  #batches = 0;

  /** @throws {ConfigError} An option is unknown or out of range, or `mlm` is asked of a tokenizer without a mask token. */
  constructor(options: LanguageModelingOptions) {
    checkOptionNames(this.#where, options, OPTION_NAMES);
    if (options.tokenizer === undefined) throw new ConfigError(`${this.#where}: tokenizer must be given, got none`);
    this.#rule = ruleOf(this.#where, options);
    this.#form = formOf(this.#where, options, 'token');
    this.#special = new Set(options.tokenizer.allSpecialIds);
    this.#options = options;
    this.#random({ epoch: 0, batch: 0 }); // a seed out of range is told of at once
  }

  /**
   * @param rows B rows; each holds at least one token.
   * @throws {DataError} No rows, an empty row, ids that are no integers from 0, or no `wordIds` where words are masked.
   */
  collate(
    rows: readonly MaskableRow[],
    place: BatchPlace = { epoch: 0, batch: this.#batches++ },
  ): PackedBatch | PaddedBatch {
    const rule = this.#rule;
    const random = this.#random(place);
    const labelled = rows.map((row, index) => {
      const { inputIds, tokenTypeIds } = row;
      const hidden =
        rule === undefined
          ? { inputIds, labels: this.#nextWords(inputIds) }
          : maskRow(inputIds, this.#units(row, index), rule, random);
      return { ...hidden, ...(tokenTypeIds && { tokenTypeIds }) };
    });
    return this.#form.collate(labelled);
  }

  #random({ epoch, batch }: BatchPlace): PhiloxRandom {
    const place = ((BigInt(epoch) << BATCH_BITS) | BigInt(batch)) << BLOCK_BITS;
    return new PhiloxRandom(this.#options.seed ?? 0, BigInt.asUintN(64, place));
  }

  /** The tokens themselves; padding that rows brought along, where it is not the end of texts too, does not count. */
  #nextWords(ids: ArrayLike<number>): Int32Array {
    const { padTokenId, eosTokenId } = this.#options.tokenizer;
    const padding = padTokenId === eosTokenId ? undefined : padTokenId;
    return Int32Array.from(ids, (id) => (id === padding ? IGNORE_INDEX : id));
  }

  /** Which unit each token is of: itself, or its word. */
  #units({ inputIds, specialTokensMask, wordIds }: MaskableRow, row: number): Int32Array {
    const { wholeWordMask = false } = this.#options;
    for (const [name, list] of Object.entries({ specialTokensMask, wordIds: wholeWordMask ? wordIds : undefined })) {
      if (list === undefined || list.length === inputIds.length) continue;
      const got = `${list.length} for ${inputIds.length} tokens in row ${row}`;
      throw new DataError(`${this.#where}: ${name} must be as long as inputIds, got ${got}`, { row });
    }
    if (wholeWordMask && wordIds === undefined)
      throw new DataError(`${this.#where}: rows must have wordIds (returnWordIds), got none in row ${row}`, { row });
    return Int32Array.from(inputIds, (id, t) => {
      const isSpecial = specialTokensMask === undefined ? this.#special.has(id) : specialTokensMask[t] === 1;
      if (isSpecial) return -1;
      return wholeWordMask ? (wordIds![t] ?? -1) : t;
    });
  }
}

/**
 * {@link DataCollatorForLanguageModeling} with `wholeWordMask`: rows have `wordIds`.
 *
 * @example
 * ```ts
 * import { DataCollatorForWholeWordMask, trainWordPiece } from 'gridstride';
 * const tokenizer = await trainWordPiece(['unhappily', 'un', 'happy'], { vocabSize: 60 });
 * const { inputIds, wordIds } = await tokenizer(['unhappily'], { returnWordIds: true });
 * const collator = new DataCollatorForWholeWordMask({ tokenizer, mlmProbability: 1 });
 * console.log(collator.collate([{ inputIds: inputIds[0]!, wordIds: wordIds![0]! }]).labels?.length === inputIds[0]!.length); // true
 * ```
 */
export class DataCollatorForWholeWordMask extends DataCollatorForLanguageModeling {
  /** @throws {ConfigError} An option is unknown or out of range, or the tokenizer has no mask token. */
  constructor(options: Omit<LanguageModelingOptions, 'wholeWordMask' | 'mlm'>) {
    super({ ...options, wholeWordMask: true });
  }
}
