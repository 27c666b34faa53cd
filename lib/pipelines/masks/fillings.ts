import type { TokenGrid } from '../../data/batches/output_rows.js';
import type { PackedBatch } from '../../data/index.js';
import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import type { ComputedRow } from '../base.js';

/** A word in place of a mask. */
export interface Filling {
  score: number;
  /** The word's id. */
  token: number;
  token_str: string;
  /** The text with the word in it; other masks stay. */
  sequence: string;
}

/** Where an id stands. @internal */
export function placesOf(ids: ArrayLike<number>, id: number): Int32Array {
  const places: number[] = [];
  for (let i = 0; i < ids.length; i++) if (ids[i] === id) places.push(i);
  return Int32Array.from(places);
}

/** Where the masks of each row stand among those of a batch. @internal */
export function maskGrid({ inputIds, cuSeqlens, lengths }: PackedBatch, maskId: number): TokenGrid {
  let count = 0;
  const spans = Array.from(lengths, (length, row) => {
    const begin = count;
    count += placesOf(inputIds.subarray(cuSeqlens[row]!, cuSeqlens[row]! + length), maskId).length;
    return [begin, count] as const;
  });
  return { shape: [count], spans };
}

/** How a row's masks are filled. @internal */
export interface FillingRules {
  topK: number;
  /** The ids to choose among; undefined: all. */
  ids: readonly number[] | undefined;
  maskId: number;
  tokenizer: PreTrainedTokenizer;
}

type Candidate = [token: number, score: number];

/** The candidates for each mask, best first. */
function candidatesOf({ values }: ComputedRow, masks: number, { topK, ids }: FillingRules): Candidate[][] {
  const name = ids === undefined ? 'best' : 'scores';
  const width = values[name]!.length / masks;
  return Array.from({ length: masks }, (_, mask) => {
    const scores = values[name]!.subarray(mask * width, (mask + 1) * width);
    if (ids !== undefined)
      return ids
        .map((id): Candidate => [id, scores[id]!])
        .sort((a, b) => b[1] - a[1])
        .slice(0, topK);
    const words = values['words']!;
    return Array.from(scores.subarray(0, topK), (score, k): Candidate => [Number(words[mask * width + k]), score]);
  });
}

/** The words for each mask of a row. @internal */
export function fillingsOf(computed: ComputedRow, rules: FillingRules): Filling[][] {
  const { maskId, tokenizer } = rules;
  const ids = Array.from(computed.row.inputIds);
  const places = placesOf(ids, maskId);
  const skipSpecialTokens = places.length === 1;
  return candidatesOf(computed, places.length, rules).map((candidates, mask) =>
    candidates.map(([token, score]) => {
      const filled = ids.with(places[mask]!, token).filter((id) => id !== tokenizer.padTokenId);
      const sequence = tokenizer.decode(filled, { skipSpecialTokens });
      return { score, token, token_str: tokenizer.decode([token]), sequence };
    }),
  );
}
