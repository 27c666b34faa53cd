import type { ComputedRow } from '../base.js';
import type { EncodedRow } from '../texts/text_encoder.js';

/** A window of a context, and how likely an answer begins and ends at each of its tokens. @internal */
export interface AnswerWindow {
  /** The context's tokens in the row: the first, and the one past the last. */
  from: number;
  to: number;
  /** Of the tokens of the context, in their order. */
  starts: Float64Array;
  ends: Float64Array;
  /** How likely there is no answer. */
  nullScore: number;
}

/** Where the context's tokens stand: what follows the question's and is not special. */
function contextOf({ specialTokensMask }: EncodedRow, questionTokens: number): { from: number; to: number } {
  const mask = specialTokensMask!;
  let [from, seen] = [0, 0];
  while (from < mask.length && (mask[from] === 1 || seen < questionTokens)) {
    if (mask[from] === 0) seen += 1;
    from += 1;
  }
  let to = from;
  while (to < mask.length && mask[to] === 0) to += 1;
  return { from, to };
}

/** exp(x) over its sum, of the scores of some tokens; the first of them is that of no answer. */
function shares(logits: ArrayLike<number>, places: readonly number[]): Float64Array {
  const values = Float64Array.from(places, (place) => logits[place]!);
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const powers = values.map((value) => Math.exp(value - most));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / total);
}

/**
 * The window that a row shows. The shares are over the context's tokens and the classifying token, which stands for "no
 * answer", as in Python's pipeline.
 * @param questionTokens Tokens of the question, special ones not counted.
 * @internal
 */
export function windowOf(
  { row, values }: ComputedRow,
  questionTokens: number,
  clsTokenId: number | undefined,
): AnswerWindow {
  const { from, to } = contextOf(row, questionTokens);
  const hasNull = row.inputIds[0] === clsTokenId && from > 0;
  const context = Array.from({ length: to - from }, (_, i) => from + i);
  const places = hasNull ? [0, ...context] : context;
  const [starts, ends] = [shares(values['startLogits']!, places), shares(values['endLogits']!, places)];
  const skipped = hasNull ? 1 : 0;
  return {
    from,
    to,
    starts: starts.subarray(skipped),
    ends: ends.subarray(skipped),
    nullScore: hasNull ? starts[0]! * ends[0]! : 0,
  };
}
