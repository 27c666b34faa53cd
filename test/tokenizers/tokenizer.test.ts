import { describe, expect, it } from 'vitest';
import { AbortError, ConfigError, DataError, TokenizerError, UnsupportedOpError } from '../../lib/util/errors.js';
import { smallJson, smallTokenizer, SPECIAL } from './small_tokenizer.js';

const tokens = [...SPECIAL, 'a', 'b', 'c', '##b', 'hello', 'world', '!', ',', "'", 's', 'n'];
const tokenizer = await smallTokenizer(smallJson(tokens), { model_max_length: 8 });

describe('encodeBatch', () => {
  it('takes a string as a batch of one, and is the call of the tokenizer itself', async () => {
    const expected = { inputIds: [[2, 9, 10, 3]], attentionMask: [[1, 1, 1, 1]], tokenTypeIds: [[0, 0, 0, 0]] };
    expect(await tokenizer('Hello world')).toEqual(expected);
    expect(await tokenizer.encodeBatch(['Hello world'])).toEqual(expected);
  });

  it('refuses no texts at all, and no options', async () => {
    for (const texts of [undefined, null] as unknown as string[]) {
      await expect(tokenizer(texts)).rejects.toThrow(TokenizerError);
      await expect(tokenizer(texts)).rejects.toThrow(`must be a string or an array of strings, got ${texts}`);
    }
    await expect(tokenizer('a', null as never)).rejects.toThrow(ConfigError);
    expect(() => tokenizer.encode('a', null as never)).toThrow(ConfigError);
  });

  it('gives no rows for no texts', async () => {
    expect(await tokenizer([], { padding: true })).toEqual({ inputIds: [], attentionMask: [], tokenTypeIds: [] });
  });

  it.each([
    ['longest', { padding: true }, [4, 4]],
    ['longest, rounded up', { padding: 'longest', padToMultipleOf: 3 }, [6, 6]],
    ['fixed', { padding: 'max_length', maxLength: 7 }, [7, 7]],
    ['fixed by the tokenizer', { padding: 'max_length' }, [8, 8]],
    ['none', {}, [3, 4]],
  ] as const)('pads rows: %s', async (_, options, lengths) => {
    const { inputIds, attentionMask } = await tokenizer(['a', 'a b'], options);
    expect(inputIds.map((row) => row.length)).toEqual(lengths);
    expect(attentionMask!.map((row) => row.reduce((sum, x) => sum + x, 0))).toEqual([3, 4]);
    expect(inputIds[0]!.slice(0, 3)).toEqual([2, 5, 3]);
  });

  it('pads on the left, every field with its own value', async () => {
    const fields = { returnOffsetsMapping: true, returnSpecialTokensMask: true, returnWordIds: true };
    const rows = await tokenizer(['a', 'a b'], { padding: true, paddingSide: 'left', ...fields });
    expect(rows.inputIds[0]).toEqual([0, 2, 5, 3]);
    expect(rows.attentionMask![0]).toEqual([0, 1, 1, 1]);
    expect(rows.specialTokensMask![0]).toEqual([1, 1, 0, 1]);
    expect(rows.wordIds![0]).toEqual([null, null, 0, null]);
    expect(rows.offsets![0]).toEqual([
      [0, 0],
      [0, 0],
      [0, 1],
      [0, 0],
    ]);
  });

  it('gives the same numbers as typed arrays, padded or not', async () => {
    const fields = { returnOffsetsMapping: true, returnSpecialTokensMask: true, returnWordIds: true };
    for (const padding of [false, true]) {
      const options = { ...fields, padding, textPair: ['b', 'hello a world'] };
      const plain = await tokenizer(['a', 'ab c'], options);
      const typed = await tokenizer(['a', 'ab c'], { ...options, typedArrays: true });
      expect(typed.inputIds.map((row) => [...row])).toEqual(plain.inputIds);
      expect(typed.attentionMask!.map((row) => [...row])).toEqual(plain.attentionMask);
      expect(typed.tokenTypeIds!.map((row) => [...row])).toEqual(plain.tokenTypeIds);
      expect(typed.specialTokensMask!.map((row) => [...row])).toEqual(plain.specialTokensMask);
      expect(typed.wordIds!.map((row) => Array.from(row, (w) => (w < 0 ? null : w)))).toEqual(plain.wordIds);
      expect(typed.offsets!.map((row) => [...row])).toEqual(plain.offsets!.map((row) => row.flat()));
    }
  });

  it('truncates when only maxLength is given, and to modelMaxLength when told to truncate', async () => {
    const long = 'a '.repeat(20);
    expect((await tokenizer(long, { maxLength: 5 })).inputIds[0]).toHaveLength(5);
    expect((await tokenizer(long, { truncation: true })).inputIds[0]).toHaveLength(8);
    expect((await tokenizer(long, { maxLength: 5, truncation: false })).inputIds[0]).toHaveLength(22);
    expect((await tokenizer(long)).inputIds[0]).toHaveLength(22);
  });

  it('gives a batch of thousands, cut into chunks, in order', async () => {
    const texts = Array.from({ length: 3000 }, (_, i) => 'a '.repeat(i % 50));
    const { inputIds } = await tokenizer(texts, { returnAttentionMask: false, returnTokenTypeIds: false });
    expect(inputIds.map((row) => row.length)).toEqual(texts.map((_, i) => (i % 50) + 2));
  });

  it('leaves out what is not wanted', async () => {
    const row = await tokenizer('a', { returnAttentionMask: false, returnTokenTypeIds: false });
    expect(Object.keys(row)).toEqual(['inputIds']);
  });

  it('lets the event loop turn while it encodes a text of a megabyte', async () => {
    let turns = 0;
    let isDone = false;
    const turn = (): void => {
      turns += 1;
      if (!isDone) setImmediate(turn);
    };
    turn();
    const { inputIds } = await tokenizer('hello world '.repeat(90_000));
    isDone = true;
    expect(inputIds[0]).toHaveLength(180_002);
    expect(turns).toBeGreaterThan(5);
  });
});

describe('errors of encoding', () => {
  it.each([
    [{ maxLength: 0 }, 'maxLength must be a positive integer, got 0'],
    [{ maxLength: 1.5 }, 'maxLength must be a positive integer, got 1.5'],
    [{ padding: 'left' }, 'padding must be'],
    [{ truncation: 'first' }, 'truncation must be'],
    [{ paddingSide: 'top' }, 'paddingSide must be'],
    [{ maxlength: 3 }, 'did you mean "maxLength"'],
    [{ truncation: true, maxLength: 1 }, 'maxLength must hold the special tokens, got 1 for 2'],
  ])('refuses %j', async (options, text) => {
    await expect(tokenizer('a', options as object)).rejects.toThrow(ConfigError);
    await expect(tokenizer('a', options as object)).rejects.toThrow(text);
    expect(() => tokenizer.encode('a', options as object)).toThrow(text);
  });

  it('names the text that is no string', async () => {
    await expect(tokenizer(['a', null as unknown as string])).rejects.toThrow(
      'tokenizer: texts must hold strings only, got null at index 1',
    );
    await expect(tokenizer(['a'], { textPair: ['b', 'c'] })).rejects.toThrow('one entry per text, got 2 for 1');
    await expect(tokenizer(7 as unknown as string)).rejects.toThrow(TokenizerError);
  });

  it('needs a limit for fixed padding, and a pad token for any', async () => {
    const json = smallJson(['[UNK]', 'a'], { added_tokens: [], post_processor: null });
    const bare = await smallTokenizer(json, { tokenizer_class: 'PreTrainedTokenizerFast' });
    await expect(bare('a', { padding: 'max_length' })).rejects.toThrow(ConfigError);
    await expect(bare('a', { padding: true })).rejects.toThrow('padding needs a pad token');
    expect((await bare('a b')).inputIds).toEqual([[1, 0]]);
  });

  it('ends with AbortError when the signal fires before or meanwhile', async () => {
    const texts = Array.from({ length: 2000 }, () => 'hello world '.repeat(200));
    await expect(tokenizer(texts, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
    const controller = new AbortController();
    const call = tokenizer(texts, { signal: controller.signal });
    setTimeout(() => controller.abort(), 1);
    await expect(call).rejects.toThrow(AbortError);
    expect((await tokenizer('a')).inputIds).toEqual([[2, 5, 3]]);
  });

  it('sends long texts from encode to encodeBatch', () => {
    expect(() => tokenizer.encode('a'.repeat(20_001))).toThrow(/encodeBatch/);
    expect(tokenizer.encode('a '.repeat(10_000)).inputIds).toHaveLength(10_002);
  });
});

describe('tokens and ids', () => {
  it('decodes, with and without special tokens and spaces before punctuation', () => {
    const { inputIds } = tokenizer.encode("Hello, world! a'b [MASK]");
    expect(tokenizer.decode(inputIds)).toBe("[CLS] hello, world! a ' b [MASK] [SEP]");
    const clean = { skipSpecialTokens: true, cleanUpTokenizationSpaces: true };
    expect(tokenizer.decode(inputIds, clean)).toBe("hello, world! a'b");
    expect(tokenizer.batchDecode([[9], Int32Array.of(10), []])).toEqual(['hello', 'world', '']);
  });

  it('converts both ways', () => {
    expect(tokenizer.convertTokensToIds(['a', '##b', 'unheard'])).toEqual([5, 8, 1]);
    expect(tokenizer.convertTokensToIds('[MASK]')).toBe(4);
    expect(tokenizer.convertIdsToTokens([5, 8])).toEqual(['a', '##b']);
    expect(tokenizer.tokenize('abb hello')).toEqual(['a', '##b', '##b', 'hello']);
    expect(() => tokenizer.convertIdsToTokens(99)).toThrow(DataError);
  });

  it('tells its size and special tokens', () => {
    expect([tokenizer.vocabSize, tokenizer.totalVocabSize]).toEqual([tokens.length, tokens.length]);
    const { padTokenId, unkTokenId, clsTokenId, sepTokenId, maskTokenId, bosTokenId } = tokenizer;
    expect([padTokenId, unkTokenId, clsTokenId, sepTokenId, maskTokenId, bosTokenId]).toEqual([
      0,
      1,
      2,
      3,
      4,
      undefined,
    ]);
    expect(tokenizer.allSpecialIds).toEqual([0, 1, 2, 3, 4]);
    expect(tokenizer.getVocab().get('hello')).toBe(9);
    expect(tokenizer.isNative).toBe(true);
  });

  it('has no offsets where the JavaScript encoder does the work', async () => {
    const words = { type: 'WordLevel', vocab: { '[UNK]': 0, a: 1 }, unk_token: '[UNK]' };
    const pretokenizers = [{ type: 'WhitespaceSplit' }, { type: 'Digits', individual_digits: true }];
    const parts = { added_tokens: [], post_processor: null, pre_tokenizer: { type: 'Sequence', pretokenizers } };
    const json = smallJson(['[UNK]'], { model: words, ...parts });
    using level = await smallTokenizer(json);
    expect(level.isNative).toBe(false);
    expect((await level('a b')).inputIds).toEqual([[1, 0]]);
    await expect(level('a', { returnOffsetsMapping: true })).rejects.toThrow(UnsupportedOpError);
  });
});
