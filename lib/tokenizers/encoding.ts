/** How rows of a batch are made equally long. */
export type PaddingStrategy = boolean | 'longest' | 'max_length' | 'do_not_pad';

/** Which sequence gives way when a row is too long. */
export type TruncationStrategy = boolean | 'longest_first' | 'only_first' | 'only_second' | 'do_not_truncate';

/** Options of one text's encoding; names and defaults are those of Hugging Face tokenizers. */
export interface EncodeOptions {
  /** Put [CLS], [SEP] and the like around the text; true by default. */
  addSpecialTokens?: boolean | undefined;
  /** `true` or 'longest': to the longest row; 'max_length': to `maxLength`. False by default. */
  padding?: PaddingStrategy | undefined;
  /** `true` is 'longest_first'. Unset, `maxLength` without padding truncates too, as in Python. */
  truncation?: TruncationStrategy | undefined;
  /** Most tokens of a row, special ones included; the tokenizer's `modelMaxLength` when unset. */
  maxLength?: number | undefined;
  /** Padded lengths are rounded up to a multiple of this. */
  padToMultipleOf?: number | undefined;
  /** Where padding goes; the tokenizer's own side when unset. */
  paddingSide?: 'left' | 'right' | undefined;
  /** Which end truncation drops; the tokenizer's own side when unset. */
  truncationSide?: 'left' | 'right' | undefined;
  /** Unset: whether the model's family has token types. */
  returnTokenTypeIds?: boolean | undefined;
  /** True by default. */
  returnAttentionMask?: boolean | undefined;
  /** Start and end of every token in its text, in UTF-16 units (JavaScript's string indices). */
  returnOffsetsMapping?: boolean | undefined;
  /** 1 for tokens that the template or padding added. */
  returnSpecialTokensMask?: boolean | undefined;
  /** The index of the word each token belongs to. */
  returnWordIds?: boolean | undefined;
  /** Encode as what a translation model is to give out: with Marian's other vocabulary, or mBART's `tgtLang`. */
  asTarget?: boolean | undefined;
}

/** Options of a batch's encoding. */
export interface BatchEncodeOptions extends EncodeOptions {
  /** What truncation drops becomes rows of its own, next to the text's first one; needs a truncation. */
  returnOverflowingTokens?: boolean | undefined;
  /** Tokens that such a row repeats of the one before; 0 by default. */
  stride?: number | undefined;
  /** The second text of each row: one per text. */
  textPair?: string | readonly string[] | undefined;
  /** What a sequence-to-sequence model is to give out for each text: encoded `asTarget`, as `labels`. */
  textTarget?: string | readonly string[] | undefined;
  /**
   * Rows as Int32Array in place of number[]; offsets are then flat, two numbers a token, and word ids -1 for null. A text
   * of a megabyte wants it where offsets are asked for: a million pairs keep the garbage collector busy, tens of
   * milliseconds at a time.
   */
  typedArrays?: boolean | undefined;
  /** Ends the call with an AbortError. */
  signal?: AbortSignal | undefined;
}

/** One encoded text: S tokens. */
export interface Encoding {
  /** (S) */
  inputIds: number[];
  /** (S), 0 on padding. */
  attentionMask?: number[];
  /** (S), which text of a pair. */
  tokenTypeIds?: number[];
  /** (S) pairs of UTF-16 indices; [0, 0] for special tokens. */
  offsets?: [number, number][];
  /** (S) */
  specialTokensMask?: number[];
  /** (S), null for special tokens. */
  wordIds?: (number | null)[];
}

/** An encoded batch: B rows, equally long when padded. */
export interface BatchEncoding {
  inputIds: number[][];
  attentionMask?: number[][];
  tokenTypeIds?: number[][];
  offsets?: [number, number][][];
  specialTokensMask?: number[][];
  wordIds?: (number | null)[][];
  /** Ids of `textTarget`. */
  labels?: number[][];
  /** (B) which text each row is of; there with `returnOverflowingTokens`. */
  overflowToSampleMapping?: number[];
  /**
   * (B) tokens of each row, of the text or texts that truncation may cut, that no row before it holds: what it weighs
   * when lengths count. There with `returnOverflowingTokens`.
   */
  newTokens?: number[];
}

/** {@link BatchEncoding} as typed arrays. */
export interface TypedBatchEncoding {
  inputIds: Int32Array[];
  attentionMask?: Int32Array[];
  tokenTypeIds?: Int32Array[];
  /** Two numbers a token. */
  offsets?: Int32Array[];
  specialTokensMask?: Int32Array[];
  /** -1 for special tokens. */
  wordIds?: Int32Array[];
  /** Ids of `textTarget`. */
  labels?: Int32Array[];
  /** (B) */
  overflowToSampleMapping?: Int32Array;
  /** (B) */
  newTokens?: Int32Array;
}

/** Options of {@link PreTrainedTokenizer.decode}. */
export interface DecodeOptions {
  /** False by default. */
  skipSpecialTokens?: boolean | undefined;
  /** Take out the spaces before punctuation; the tokenizer's own setting when unset. */
  cleanUpTokenizationSpaces?: boolean | undefined;
}

/**
 * Rows one after another, as the encoders give them.
 * @internal
 */
export interface FlatRows {
  /** Tokens of each row. */
  lengths: Int32Array;
  /** With overflow: how many rows each text became. */
  rowsOfText?: Int32Array;
  /** With overflow: {@link BatchEncoding.newTokens}. */
  newTokens?: Int32Array;
  ids: Int32Array;
  typeIds: Int32Array;
  specialMask?: Int32Array;
  /** -1 for special tokens. */
  words?: Int32Array;
  /** Two numbers a token. */
  offsets?: Int32Array;
}
