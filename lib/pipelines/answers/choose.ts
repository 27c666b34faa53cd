import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import { DataError } from '../../util/errors.js';
import type { LoopPacer } from '../../util/yield.js';
import type { ComputedRow } from '../base.js';
import type { AnswerRules, QuestionContext } from './options.js';
import { bestSpans, charactersOf } from './spans.js';
import { windowOf } from './windows.js';

/** A part of a context, `context.slice(start, end)`, and how likely it is the answer; UTF-16 indices. */
export interface Answer {
  score: number;
  start: number;
  end: number;
  answer: string;
}

/** What answers are chosen with. @internal */
export interface ChoosingTools {
  where: string;
  tokenizer: PreTrainedTokenizer;
  pacer: LoopPacer;
}

/** Answers of a window are so many more than asked for where those that are the same words then become one. */
function candidates({ topK, alignToWords }: AnswerRules): number {
  return alignToWords ? 2 * topK + 10 : topK;
}

/**
 * The best answers from the windows of a context, best first. Equal texts, whatever their case, are one answer, their
 * scores added.
 * @throws {DataError} The context has no token.
 * @internal
 */
export async function chooseAnswers(
  rows: readonly ComputedRow[],
  { question, context }: QuestionContext,
  rules: AnswerRules,
  { where, tokenizer, pacer }: ChoosingTools,
): Promise<Answer[]> {
  const questionTokens = () =>
    tokenizer.encode(question, { addSpecialTokens: false, truncation: false }).inputIds.length;
  const found = new Map<string, Answer>();
  let nullScore = Infinity;
  for (const computed of rows) {
    const window = windowOf(computed, questionTokens, tokenizer.clsTokenId);
    nullScore = Math.min(nullScore, window.nullScore);
    for (const span of bestSpans(window, candidates(rules), rules.maxAnswerLen)) {
      const { start, end } = charactersOf(computed.row, window, span);
      const answer = context.slice(start, end);
      const same = found.get(answer.toLowerCase());
      if (same === undefined) found.set(answer.toLowerCase(), { score: span.score, start, end, answer });
      else same.score += span.score;
    }
    if (pacer.isDue()) await pacer.pause();
  }
  if (found.size === 0) throw new DataError(`${where}: context must hold a token, got none`);
  const answers = [...found.values()];
  if (rules.handleImpossibleAnswer) answers.push({ score: nullScore, start: 0, end: 0, answer: '' });
  return answers.sort((a, b) => b.score - a.score).slice(0, rules.topK);
}
