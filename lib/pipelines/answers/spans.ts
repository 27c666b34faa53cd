import type { EncodedRow } from '../texts/text_encoder.js';
import type { AnswerWindow } from './windows.js';

/** Tokens that may be an answer, both of them part of it. @internal */
export interface TokenSpan {
  first: number;
  last: number;
  score: number;
}

/**
 * The likeliest spans of a window of at most `maxTokens` tokens, best first.
 * @param keep At most so many.
 * @internal
 */
export function bestSpans({ span, starts, ends }: AnswerWindow, keep: number, maxTokens: number): TokenSpan[] {
  const best: TokenSpan[] = [];
  for (let i = 0; i < starts.length; i++) {
    for (let j = i; j < Math.min(ends.length, i + maxTokens); j++) {
      const score = starts[i]! * ends[j]!;
      if (best.length === keep && score <= best[keep - 1]!.score) continue;
      let place = best.length;
      while (place > 0 && best[place - 1]!.score < score) place -= 1;
      best.splice(place, 0, { first: span.begin + i, last: span.begin + j, score });
      if (best.length > keep) best.pop();
    }
  }
  return best;
}

/** The UTF-16 indices of a span in its context; with `words`, to the borders of the words it touches. @internal */
export function charactersOf(
  { offsets, wordIds }: EncodedRow,
  { span }: AnswerWindow,
  { first, last }: TokenSpan,
): { start: number; end: number } {
  let [a, b] = [first, last];
  if (wordIds !== undefined && wordIds[first]! >= 0 && wordIds[last]! >= 0) {
    while (a > span.begin && wordIds[a - 1] === wordIds[first]) a -= 1;
    while (b < span.end - 1 && wordIds[b + 1] === wordIds[last]) b += 1;
  }
  return { start: offsets![2 * a]!, end: offsets![2 * b + 1]! };
}
