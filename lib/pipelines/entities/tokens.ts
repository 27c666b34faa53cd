import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import { countCodePoints } from '../../util/code_points.js';
import type { ComputedRow } from '../base.js';
import { scoresOf } from '../scores.js';

/** Part of a text: two UTF-16 indices. */
export interface Span {
  start: number;
  end: number;
}

/** A token, or a word of several, with the probability of each class (L). @internal */
export interface ScoredToken extends Span {
  word: string;
  scores: Float64Array;
  /** Its place in the row. */
  index: number;
  /** Whether it goes on with the word of the token before. */
  continues: boolean;
}

/** The tokens of a row that are of its text. @internal */
export function tokensOf({ row, values }: ComputedRow, text: string, tokenizer: PreTrainedTokenizer): ScoredToken[] {
  const { inputIds, offsets, specialTokensMask } = row;
  const logits = values['logits']!;
  const classes = logits.length / inputIds.length;
  const hasMarks = tokenizer.subwordPrefix !== undefined;
  const tokens: ScoredToken[] = [];
  for (let index = 0; index < inputIds.length; index++) {
    if (specialTokensMask![index] === 1) continue;
    const [id, start, end] = [inputIds[index]!, offsets![2 * index]!, offsets![2 * index + 1]!];
    const isUnknown = id === tokenizer.unkTokenId;
    const word = isUnknown ? text.slice(start, end) : tokenizer.convertIdsToTokens(id);
    const scores = scoresOf(logits.subarray(index * classes, (index + 1) * classes), 'softmax');
    const continues = !isUnknown && (hasMarks ? isMarked(word, text, start, end) : isGlued(text, start));
    tokens.push({ word, scores, start, end, index, continues });
  }
  return tokens;
}

/** Whether a token is longer than its part of the text: it has a mark, as Python's pipeline tells it. */
function isMarked(word: string, text: string, start: number, end: number): boolean {
  return countCodePoints(word) !== countCodePoints(text.slice(start, end));
}

/** Whether there is no space around a token's begin: what Python's pipeline goes by where tokens have no marks. */
function isGlued(text: string, start: number): boolean {
  return start > 0 && !text.slice(start - 1, start + 1).includes(' ');
}

/** The class with the highest score; of equal ones the first. @internal */
export function bestClass(scores: Float64Array): number {
  let best = 0;
  for (let i = 1; i < scores.length; i++) if (scores[i]! > scores[best]!) best = i;
  return best;
}

/** How the tokens of a word agree on one class. */
export type WordStrategy = 'first' | 'average' | 'max';

/** The scores of a word from those of its tokens. */
function wordScores(tokens: readonly ScoredToken[], strategy: WordStrategy): Float64Array {
  const [{ scores: first }] = tokens as [ScoredToken];
  if (strategy === 'first') return first;
  if (strategy === 'average')
    return first.map((_, i) => tokens.reduce((sum, { scores }) => sum + scores[i]!, 0) / tokens.length);
  const most = (scores: Float64Array): number => scores[bestClass(scores)]!;
  return tokens.reduce((best, { scores }) => (most(scores) > most(best) ? scores : best), first);
}

/** Tokens put together to words. @internal */
export function wordsOf(
  tokens: readonly ScoredToken[],
  strategy: WordStrategy,
  tokenizer: PreTrainedTokenizer,
): ScoredToken[] {
  const groups: ScoredToken[][] = [];
  for (const token of tokens) {
    if (token.continues && groups.length > 0) groups.at(-1)!.push(token);
    else groups.push([token]);
  }
  return groups.map((group) => ({
    ...group[0]!,
    word: tokenizer.convertTokensToString(group.map(({ word }) => word)),
    scores: wordScores(group, strategy),
    end: group.at(-1)!.end,
  }));
}
