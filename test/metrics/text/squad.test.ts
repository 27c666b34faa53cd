import { describe, expect, it } from 'vitest';
import { squadScores, squadV2Scores } from '../../../lib/metrics/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import { expectGolden } from '../goldens.js';

const reference = (id: string, ...text: string[]) => ({ id, answers: { text } });
const answer = (id: string, predictionText: string, noAnswerProbability?: number) => ({
  id,
  predictionText,
  ...(noAnswerProbability !== undefined && { noAnswerProbability }),
});

describe('squadScores', () => {
  it.each([
    ['The Denver Broncos!', ['denver broncos'], 1, 1],
    ['in the 1990s,  an era', ['1990s'], 0, 2 / 4],
    ['a cat a cat dog', ['cat cat cat'], 0, (2 * 2) / 6],
    ['thé', ['the'], 0, 0],
    ['the\u00a0theatre', ['theatre'], 1, 1],
    ['caf\u00e9an', ['caf\u00e9'], 0, 0],
    ['one', ['two', 'One.'], 1, 1],
    ['the', ['!'], 1, 0],
    ['x', [], 0, 0],
  ])('scores %j against %j', (text, truths, exact, f1) => {
    const scores = squadScores([answer('q', text)], [reference('q', ...truths)]);
    expectGolden(scores, { exactMatch: 100 * exact, f1: 100 * f1 });
  });

  it('takes means over all questions, those without prediction among them', () => {
    const references = [reference('a', 'x'), reference('b', 'y z'), reference('c', 'z')];
    expectGolden(squadScores([answer('b', 'y'), answer('a', 'x')], references), {
      exactMatch: 100 / 3,
      f1: (100 * (1 + 2 / 3)) / 3,
    });
  });
});

describe('squadV2Scores', () => {
  const references = [reference('a', 'x'), reference('b'), reference('c', 'y z'), reference('d'), reference('e', 'q')];

  it('scores questions with and without answer, and finds the best thresholds', () => {
    const predictions = [answer('a', 'x', 0.1), answer('b', 'no', 0.9), answer('c', 'z', 0.4), answer('d', '', 0.7)];
    expectGolden(squadV2Scores(predictions, references), {
      exact: 50,
      f1: (100 * (1 + 0 + 2 / 3 + 1)) / 4,
      total: 4,
      hasAnsExact: 50,
      hasAnsF1: (100 * (1 + 2 / 3)) / 2,
      hasAnsTotal: 2,
      noAnsExact: 50,
      noAnsF1: 50,
      noAnsTotal: 2,
      bestExact: 75,
      bestExactThresh: 0.1,
      bestF1: (100 * (2 + 1 + 2 / 3)) / 4,
      bestF1Thresh: 0.4,
    });
    const { exact, noAnsExact } = squadV2Scores(predictions, references, { noAnswerThreshold: 0.3 });
    expect([exact, noAnsExact]).toEqual([75, 100]);
  });

  it('takes an answer of articles alone for none', () => {
    expect(squadV2Scores([answer('q', '')], [reference('q', 'the')])).toMatchObject({ exact: 100, f1: 100 });
    expect(squadV2Scores([answer('b', 'the')], references)).toMatchObject({ exact: 100, noAnsF1: 100 });
  });
});

describe('bad answers', () => {
  const references = [reference('a', 'x')];

  it.each<[string, unknown[], unknown[], string]>([
    ['no references', [], [], 'at least one reference, got none'],
    ['an unknown question', [answer('b', 'x')], references, 'got "b" without a reference'],
    ['a question twice', [answer('a', 'x'), answer('a', 'y')], references, 'got "a" twice'],
    ['no text', [{ id: 'a' }], references, 'predictions must be { id, predictionText }'],
    ['null', [null], references, 'got null'],
    ['references without texts', [], [{ id: 'a', answers: ['x'] }], 'references must be { id, answers: { text } }'],
    ['a reference twice', [], [...references, ...references], 'must differ, got one twice'],
  ])('are refused: %s', (_, predictions, given, told) => {
    for (const score of [squadScores, squadV2Scores]) {
      expect(() => score(predictions as never, given as never)).toThrow(DataError);
      expect(() => score(predictions as never, given as never)).toThrow(told);
    }
  });

  it('of version 2 are refused too', () => {
    expect(() => squadV2Scores([], references)).toThrow('at least one prediction, got none');
    expect(() => squadV2Scores([answer('a', 'x', Number.NaN)], references)).toThrow(
      'must be a number, got NaN for "a"',
    );
    expect(() => squadV2Scores([answer('a', 'x')], references, { noAnswerThreshold: Number.NaN })).toThrow(ConfigError);
  });
});
