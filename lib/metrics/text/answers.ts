import { countAll, overlapOf } from './ngrams.js';
import { wordsOf } from './words.js';

/** Articles as words of their own, where letters and digits are Python's and not ASCII's alone. */
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
const PUNCTUATION = /[!-/:-@[-`{-~]/g;

/** The words of an answer that count: in lower case, without punctuation and articles, as SQuAD's script takes them. @internal */
export function answerWords(answer: string): string[] {
  return wordsOf(answer.toLowerCase().replace(PUNCTUATION, '').replace(ARTICLES, ' '));
}

/** Whether two answers have the same words. @internal */
export function isExactAnswer(prediction: string, truth: string): boolean {
  return answerWords(prediction).join(' ') === answerWords(truth).join(' ');
}

/**
 * The F score of the words that two answers share.
 * @param ofEmpty what two answers without words score; one without and one with score 0
 * @internal
 */
export function answerF1(prediction: string, truth: string, ofEmpty: number): number {
  const [predicted, wanted] = [answerWords(prediction), answerWords(truth)];
  if (predicted.length === 0 && wanted.length === 0) return ofEmpty;
  const common = overlapOf(countAll(predicted), countAll(wanted));
  return common === 0 ? 0 : (2 * common) / (predicted.length + wanted.length);
}
