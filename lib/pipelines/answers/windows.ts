import { contextSpan, type ContextSpan } from '../../data/tasks/answer_spans.js';
import type { ComputedRow } from '../base.js';
import { scoresOf } from '../scores.js';

/** A window of a context, and how likely an answer begins and ends at each of its tokens. @internal */
export interface AnswerWindow {
  /** The context's tokens in the row. */
  span: ContextSpan;
  /** Of the tokens of the context, in their order. */
  starts: Float64Array;
  ends: Float64Array;
  /** How likely there is no answer. */
  nullScore: number;
}

/**
 * The window that a row shows. The shares are over the context's tokens and the classifying token, which stands for "no
 * answer", as in Python's pipeline.
 * @param questionTokens Tokens of the question, special ones not counted.
 * @internal
 */
export function windowOf(
  { row, values }: ComputedRow,
  questionTokens: () => number,
  clsTokenId: number | undefined,
): AnswerWindow {
  const span = contextSpan(row.specialTokensMask!, questionTokens);
  const hasNull = row.inputIds[0] === clsTokenId && span.begin > 0;
  const context = Array.from({ length: Math.max(span.end - span.begin, 0) }, (_, i) => span.begin + i);
  const places = hasNull ? [0, ...context] : context;
  const shares = (logits: Float32Array) =>
    scoresOf(
      places.map((place) => logits[place]!),
      'softmax',
    );
  const [starts, ends] = [shares(values['startLogits']!), shares(values['endLogits']!)];
  const skipped = hasNull ? 1 : 0;
  return {
    span,
    starts: starts.subarray(skipped),
    ends: ends.subarray(skipped),
    nullScore: hasNull ? starts[0]! * ends[0]! : 0,
  };
}
