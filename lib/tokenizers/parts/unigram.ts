import type { CheckedValue } from '../checked_file.js';

/** What native/text/models/unigram.h takes. @internal */
export interface UnigramModel {
  type: 'Unigram';
  /** By place in the vocabulary; NaN: no piece, but what is unknown may turn out to be it. */
  scores: Float64Array;
  /** Places in the vocabulary of SentencePiece's user symbols, which always win. */
  symbols: Uint32Array;
  /** Undefined: an unknown character is an error. */
  unkId: number | undefined;
  unkScore: number;
  byteFallback: boolean;
  /** Scores add up in single precision. */
  isSingle: boolean;
}

/** What an unknown character's score is below the least of the vocabulary. @internal */
export const UNK_PENALTY = 10;

/**
 * The Unigram model of a tokenizer.json.
 *
 * @param vocabulary Its tokens, already checked; of a token that is there twice the later place counts.
 * @throws {TokenizerError} A field breaks its rule.
 * @internal
 */
export function readUnigram(model: CheckedValue, vocabulary: ReadonlyMap<string, number>): UnigramModel {
  const list = model.get('vocab').value as [string, number][];
  const scores = Float64Array.from(vocabulary.values(), (id) => list[id]![1]);
  const least = list.reduce((min, [, score]) => Math.min(min, score), Infinity);
  return {
    type: 'Unigram',
    scores,
    symbols: new Uint32Array(),
    unkId: model.get('unk_id').optional((v) => v.integer(0, list.length - 1), undefined),
    unkScore: least - UNK_PENALTY,
    byteFallback: model.get('byte_fallback').optional((v) => v.boolean(), false),
    isSingle: false,
  };
}
