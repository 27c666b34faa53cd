import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AutoTokenizer, trainWordPiece } from '../../lib/tokenizers/index.js';
import { AbortError, ConfigError, TokenizerError } from '../../lib/util/errors.js';

const texts = [
  'low low low low low',
  'lower lower',
  'newest newest newest newest newest newest',
  'widest widest widest',
];

function tokensOf(vocabulary: Map<string, number>): string[] {
  return [...vocabulary].sort((a, b) => a[1] - b[1]).map(([token]) => token);
}

describe('trainWordPiece', () => {
  it('joins the most frequent pairs first', async () => {
    const tokenizer = await trainWordPiece(texts, { vocabSize: 28 });
    // By hand: e-s and s-t stand in 9 words, l-o and o-w in 7, n-e, e-w and w-est in 6. Ties go to the lower ids.
    const merges = ['##es', '##est', 'lo', 'low', 'ne'];
    expect(tokensOf(tokenizer.getVocab())).toEqual([
      ...['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'],
      ...['d', 'e', 'i', 'l', 'n', 'o', 'r', 's', 't', 'w'],
      ...['##d', '##e', '##i', '##o', '##r', '##s', '##t', '##w'],
      ...merges,
    ]);
  });

  it('gives the same vocabulary for the same texts in any order, from any iterable', async () => {
    async function* stream(): AsyncGenerator<string> {
      for (const text of [...texts].reverse()) yield await Promise.resolve(text);
    }
    const options = { vocabSize: 40, minFrequency: 1 };
    const listed = await trainWordPiece(texts, options);
    const streamed = await trainWordPiece(stream(), options);
    expect(streamed.getVocab()).toEqual(listed.getVocab());
  });

  it('normalises as the tokenizer it makes does', async () => {
    const lower = await trainWordPiece(['Café CAFÉ'], { vocabSize: 60, minFrequency: 1 });
    expect(lower.tokenize('café')).toEqual(['cafe']);
    const cased = await trainWordPiece(['Café CAFÉ'], { vocabSize: 60, minFrequency: 1, doLowerCase: false });
    expect(cased.tokenize('Café')).toEqual(['Café']);
  });

  it('takes special tokens, prefix, alphabet and lengths of its own', async () => {
    const specialTokens = ['<pad>', '<unk>', '<s>', '</s>', '<mask>', '<extra>'];
    const options = { specialTokens, continuingSubwordPrefix: '@@', initialAlphabet: ['z'], maxTokenLength: 2 };
    const tokenizer = await trainWordPiece(texts, { vocabSize: 100, ...options, modelMaxLength: 7 });
    const vocabulary = tokensOf(tokenizer.getVocab());
    expect(vocabulary.slice(0, 6)).toEqual(specialTokens);
    expect(vocabulary).toContain('z');
    expect(vocabulary).toContain('@@es');
    expect(vocabulary.slice(6).every((token) => token.replace('@@', '').length <= 2)).toBe(true);
    expect([tokenizer.padTokenId, tokenizer.clsTokenId, tokenizer.modelMaxLength]).toEqual([0, 2, 7]);
    expect(tokenizer.encode('<extra>', { addSpecialTokens: false }).inputIds).toEqual([5]);
    expect(tokenizer.decode(tokenizer.encode('lower').inputIds, { skipSpecialTokens: true })).toBe('lower');
  });

  it('keeps the most frequent characters only', async () => {
    const tokenizer = await trainWordPiece(['aaa bb c'], { vocabSize: 100, minFrequency: 1, limitAlphabet: 2 });
    expect(tokenizer.getVocab().has('c')).toBe(false);
    expect(tokenizer.tokenize('c a')).toEqual(['[UNK]', 'a']);
  });

  it('trains on nothing', async () => {
    expect((await trainWordPiece([])).vocabSize).toBe(5);
  });

  it('makes a folder that loads as the same tokenizer', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gridstride-train-'));
    try {
      const tokenizer = await trainWordPiece(texts, { vocabSize: 30 });
      await tokenizer.savePretrained(folder);
      const again = await AutoTokenizer.fromPretrained(folder);
      expect(again.getVocab()).toEqual(tokenizer.getVocab());
      expect(again.encode('Lowest!')).toEqual(tokenizer.encode('Lowest!'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it.each([
    [{ vocabSize: 0 }, 'vocabSize must be an integer from 1'],
    [{ vocabSize: 4 }, 'vocabSize must hold the 5 special tokens, got 4'],
    [{ vocabSize: 2 ** 30 }, 'vocabSize must be an integer from 1 to 1048576'],
    [{ minFrequency: -1 }, 'minFrequency must be'],
    [{ specialTokens: ['[PAD]', '[PAD]'] }, 'specialTokens must be 5 different tokens'],
    [{ vocabsize: 3 }, 'did you mean "vocabSize"'],
  ])('refuses %j', async (options, text) => {
    await expect(trainWordPiece(texts, options as object)).rejects.toThrow(ConfigError);
    await expect(trainWordPiece(texts, options as object)).rejects.toThrow(text);
  });

  it('names the text that is no string, and stops when the signal fires', async () => {
    await expect(trainWordPiece(['a', 5 as unknown as string])).rejects.toThrow(TokenizerError);
    await expect(trainWordPiece(['a', 5 as unknown as string])).rejects.toThrow('got number at index 1');
    await expect(trainWordPiece(texts, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    const words = Array.from({ length: 60_000 }, (_, i) => `word${i.toString(36)}x${(i * 7919) % 10_007}`);
    const controller = new AbortController();
    const call = trainWordPiece([words.join(' ')], { minFrequency: 0, signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    await expect(call).rejects.toThrow(AbortError);
  });
});
