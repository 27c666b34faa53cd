import { describe, expect, it } from 'vitest';
import {
  chrf,
  corpusBleu,
  perplexity,
  rouge,
  rougeScore,
  sacrebleu,
  sentenceBleu,
} from '../../../lib/metrics/index.js';
import { lcsPlaces } from '../../../lib/metrics/text/common_subsequence.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';

describe('rougeScore', () => {
  it("joins the subsequences of a summary's lines, each word once (Lin, 2004, section 3.2)", () => {
    const { rougeLsum, rougeL } = rougeScore('w1 w3 w8 w9 w5\nw1 w2 w6 w7 w8', 'w1 w2 w3 w4 w5');
    expect([rougeLsum.precision, rougeLsum.recall]).toEqual([0.4, 0.8]);
    expect([rougeL.precision, rougeL.recall]).toEqual([0.3, 0.6]);
    const twice = rougeScore('a b', 'a b\n\na b', { rougeTypes: ['rougeLsum'] });
    expect(twice).toEqual({ rougeLsum: { precision: 1, recall: 0.5, fmeasure: 2 / 3 } });
  });

  it('compares stems of words of more than three letters', () => {
    const options = { rougeTypes: ['rouge1', 'rouge3'], useStemmer: true } as const;
    const { rouge1, rouge3 } = rougeScore('Cats, running; is', 'cats runs iS', options);
    expect(rouge1).toEqual({ precision: 1, recall: 1, fmeasure: 1 });
    expect(rouge3.fmeasure).toBe(1);
    expect(rougeScore('cats run', 'cat runs', { useStemmer: true }).rouge1.recall).toBe(1);
    expect(rougeScore('cats run', 'cat runs').rouge1.recall).toBe(0);
  });

  it('takes the best reference, and nothing of texts without words', () => {
    expect(rougeScore('a b', ['c', 'a d', 'a b c']).rouge1).toEqual({ precision: 1, recall: 2 / 3, fmeasure: 0.8 });
    const nothing = { precision: 0, recall: 0, fmeasure: 0 };
    for (const [a, b] of [
      ['', 'a'],
      ['é', '日本'],
      ['a', ''],
    ] as const)
      expect(Object.values(rougeScore(a, b))).toEqual([nothing, nothing, nothing, nothing]);
    expect(rouge(['a', 'b'], ['a', 'c'])).toEqual({ rouge1: 0.5, rouge2: 0, rougeL: 0.5, rougeLsum: 0.5 });
  });

  it('finds a longest common subsequence as long as a plain recursion does', () => {
    const plain = (a: string, b: string): number =>
      a === '' || b === ''
        ? 0
        : a[0] === b[0]
          ? 1 + plain(a.slice(1), b.slice(1))
          : Math.max(plain(a.slice(1), b), plain(a, b.slice(1)));
    for (let i = 0; i < 60; i++) {
      const [a, b] = [(i * 7919).toString(3), (i * 104729).toString(3).slice(0, 8)];
      expect([a, b, lcsPlaces([...a], [...b]).length]).toEqual([a, b, plain(a, b)]);
    }
  });
});

it('perplexity is the exponential of the mean loss', () => {
  expect(perplexity([Math.log(0.25), Math.log(0.25)])).toBeCloseTo(4, 12);
  expect(perplexity(Float32Array.of(0))).toBe(1);
  expect(perplexity([-Infinity])).toBe(Infinity);
  expect(() => perplexity([])).toThrow(DataError);
  expect(() => perplexity([0.5])).toThrow('at most 0, got 0.5 at 0');
  expect(() => perplexity([Number.NaN])).toThrow(DataError);
});

describe('bad texts and options', () => {
  const words = [['a']];

  it.each<[string, () => unknown, typeof ConfigError | typeof DataError, string]>([
    ['no texts', () => sacrebleu([], []), DataError, 'sacrebleu: there must be at least one prediction, got none'],
    ['other numbers', () => chrf(['a'], []), DataError, 'chrf: predictions and references must have the same length'],
    ['a number', () => rouge(['a', 1 as never], ['a', 'b']), DataError, 'predictions must be texts, got 1 at 1'],
    ['no reference', () => sacrebleu(['a'], [[]]), DataError, 'references must be a text or several, got [] at 0'],
    ['another reference', () => rougeScore('a', [null as never]), DataError, 'got [null]'],
    [
      'texts for words',
      () => sentenceBleu(['a b' as never], ['a']),
      DataError,
      'references must be lists of words, got "a b"',
    ],
    ['no hypothesis', () => corpusBleu([], []), DataError, 'at least one hypothesis, got none'],
    [
      'no list of references',
      () => sentenceBleu([], ['a']),
      DataError,
      'every hypothesis must have references, got []',
    ],
    [
      'method6 without trigrams',
      () => sentenceBleu(words, ['a'], { smoothing: 'method6' }),
      DataError,
      'sentenceBleu: method6 needs runs of three',
    ],
    [
      'an unknown smoothing',
      () => sentenceBleu(words, ['a'], { smoothing: 'method8' as never }),
      ConfigError,
      'method0 to method7, got "method8"',
    ],
    [
      'empty weights',
      () => sentenceBleu(words, ['a'], { weights: [] }),
      ConfigError,
      'weights must be a list of numbers',
    ],
    ['k of 0', () => sentenceBleu(words, ['a'], { k: 0 }), ConfigError, 'k must be a number above 0'],
    [
      'an unknown tokenizer',
      () => sacrebleu(['a'], ['a'], { tokenize: 'zh' as never }),
      ConfigError,
      'tokenize must be one of 13a, intl, char, none, got "zh"',
    ],
    [
      'an unknown method',
      () => sacrebleu(['a'], ['a'], { smoothMethod: 'toString' as never }),
      ConfigError,
      'smoothMethod must be one of exp',
    ],
    [
      'no order',
      () => sacrebleu(['a'], ['a'], { maxNgramOrder: 0 }),
      ConfigError,
      'maxNgramOrder must be an integer from 1',
    ],
    ['no runs at all', () => chrf(['a'], ['a'], { charOrder: 0 }), ConfigError, 'one of them above, got 0'],
    ['beta of 0', () => chrf(['a'], ['a'], { beta: 0 }), ConfigError, 'beta must be a number above 0'],
    ['an unknown ROUGE', () => rouge(['a'], ['a'], { rougeTypes: ['rouge0' as never] }), ConfigError, 'got ["rouge0"]'],
    [
      'an unknown option',
      () => rouge(['a'], ['a'], { useStemer: true } as object),
      ConfigError,
      'did you mean "useStemmer"',
    ],
  ])('are refused: %s', (_, run, ErrorClass, told) => {
    expect(run).toThrow(ErrorClass);
    expect(run).toThrow(told);
  });
});
