import { describe, expect, it } from 'vitest';
import { type AnsweredQuestion, questionAnsweringMetrics, type QuestionWindow } from '../../../lib/index.js';

const context = 'Ada wrote the first program';
/** Offsets of the context's words, behind a first token and before a last one that are not of it. */
const words = [...context.matchAll(/\S+/g)].flatMap(({ 0: word, index }) => [index, index + word.length]);

function windowOf(sampleIndex: number): QuestionWindow {
  const offsets = Int32Array.of(-1, -1, ...words, -1, -1);
  return { inputIds: new Int32Array(offsets.length / 2), startPositions: 0, endPositions: 0, offsets, sampleIndex };
}

/** Logits whose best span is from one token to another; `none` is the first column's sum. */
function logits(first: number, last: number, score: number, none = -5): Float32Array {
  const [starts, ends] = [new Float32Array(7).fill(-9), new Float32Array(7).fill(-9)];
  [starts[first], ends[last]] = [score / 2, score / 2];
  if (first > 0) [starts[0], ends[0]] = [none / 2, none / 2];
  return Float32Array.of(...starts, ...ends);
}

const question = (...text: string[]): AnsweredQuestion => ({ context, answers: { text } });
const labelIds = [-100];

describe('questionAnsweringMetrics', () => {
  it('takes the best span of all windows of a question, in any cut of batches', () => {
    const questions = [question('the first program'), question('Ada')];
    const windows = [windowOf(0), windowOf(0), windowOf(1)];
    const metrics = questionAnsweringMetrics(questions, windows);
    metrics.add({ predictions: [logits(2, 2, 1)], labelIds });
    metrics.add({ predictions: [logits(4, 5, 3), logits(1, 2, 2)], labelIds: [-100, -100] });
    // "first program" is two of two words without the article; "Ada wrote" one of two.
    expect(metrics.compute()['exactMatch']).toBe(50);
    expect(metrics.compute()['f1']).toBeCloseTo((100 + (100 * 2) / 3) / 2, 9);
    metrics.reset();
    for (const [first, last] of [
      [3, 5],
      [2, 2],
      [1, 1],
    ] as const)
      metrics.add({ predictions: [logits(first, last, first)], labelIds });
    expect(metrics.compute()).toEqual({ exactMatch: 100, f1: 100 });
  });

  it('holds answers within the context and to maxAnswerLength tokens, first before last', () => {
    const best = (maxAnswerLength: number, at: Float32Array, answer: string) => {
      const metrics = questionAnsweringMetrics([question(answer)], [windowOf(0)], { maxAnswerLength });
      metrics.add({ predictions: [at], labelIds });
      return metrics.compute()['exactMatch'];
    };
    expect(best(30, logits(1, 5, 4), context)).toBe(100);
    expect(best(4, logits(1, 5, 4), context)).toBe(0);
    const backwards = logits(4, 2, 8);
    backwards[4 + 7] = 0;
    expect(best(30, backwards, 'first')).toBe(100);
  });

  it('may answer that there is none where some question has no answer', () => {
    const scores = (none: number, ...others: AnsweredQuestion[]) => {
      const questions = [question(), ...others];
      const metrics = questionAnsweringMetrics(
        questions,
        questions.map((_, i) => windowOf(i)),
      );
      metrics.add({ predictions: questions.map(() => logits(1, 1, 2, none)), labelIds });
      return metrics.compute()['exactMatch'];
    };
    expect(scores(3)).toBe(100);
    expect(scores(1)).toBe(0);
    expect(scores(3, question('Ada'))).toBe(50);
  });

  it('refuses outputs of other windows', () => {
    const metrics = questionAnsweringMetrics([question('Ada')], [windowOf(0)]);
    const text = 'outputs must be two for each token of window';
    expect(() => metrics.add({ predictions: [new Float32Array(4)], labelIds })).toThrow(`${text} 0, got 4`);
    expect(() => metrics.add({ predictions: [new Float32Array(14)], labelIds })).toThrow(`${text} 1, got 14`);
    expect(() => questionAnsweringMetrics([], [], { maxAnswerLength: 0 })).toThrow(
      'maxAnswerLength must be an integer',
    );
  });
});
