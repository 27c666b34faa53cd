import { afterAll, describe, expect, it } from 'vitest';
import { AbortError, ConfigError, DisposedError, TokenizerError } from '../../lib/util/errors.js';
import { smallJson, smallTokenizer } from './small_tokenizer.js';

/** A byte-pair tokenizer with RoBERTa's ends, <s> A </s> and <s> A </s></s> B </s>, and a step that is not native. */
const bpe = await smallTokenizer(
  smallJson(['[UNK]'], {
    model: { type: 'BPE', vocab: { '<s>': 0, '</s>': 1, '<pad>': 2, a: 3, b: 4, ab: 5, Ġ: 6 }, merges: ['a b'] },
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: false },
        { type: 'ByteLevel', add_prefix_space: false },
      ],
    },
    post_processor: { type: 'RobertaProcessing', sep: ['</s>', 1], cls: ['<s>', 0], trim_offsets: true },
    decoder: { type: 'ByteLevel' },
    added_tokens: ['<s>', '</s>', '<pad>'].map((content, id) => ({ id, content, special: true })),
  }),
  { tokenizer_class: 'RobertaTokenizer', pad_token: '<pad>', model_max_length: 16 },
);
afterAll(() => bpe.dispose());

describe('a tokenizer of another kind, encoded in JavaScript', () => {
  it('encodes in a worker thread and on the caller, with the same options', async () => {
    const rows = await bpe(['ab a', 'b'], { padding: true, returnSpecialTokensMask: true });
    expect(rows.inputIds).toEqual([
      [0, 5, 6, 3, 1],
      [0, 4, 1, 2, 2],
    ]);
    expect(rows.attentionMask![1]).toEqual([1, 1, 1, 0, 0]);
    expect(rows.specialTokensMask![1]).toEqual([1, 0, 1, 1, 1]);
    expect(rows.tokenTypeIds).toBeUndefined();
    expect(bpe.encode('ab a').inputIds).toEqual(rows.inputIds[0]);
  });

  it.each([
    [{ maxLength: 7 }, [0, 3, 1, 1, 4, 4, 1]],
    [{ maxLength: 7, truncation: 'only_first' }, [0, 1, 1, 4, 4, 4, 1]],
    [{ maxLength: 8, truncation: 'only_second' }, [0, 3, 3, 1, 1, 4, 4, 1]],
    [{ maxLength: 3, addSpecialTokens: false }, [3, 4, 4]],
    [{ maxLength: 6, truncationSide: 'left' }, [0, 3, 1, 1, 4, 1]],
  ] as const)('truncates a pair with %j', async (options, ids) => {
    const text = { first: 'a', second: 'bbb' };
    if (options.maxLength === 8) text.first = 'aa';
    const call = bpe(text.first, { textPair: text.second, ...options });
    if (options.maxLength === 7 && 'truncation' in options) {
      await expect(call).rejects.toThrow(TokenizerError);
      return;
    }
    expect((await call).inputIds).toEqual([ids]);
    expect(bpe.encode(text.first, { textPair: text.second, ...options }).inputIds).toEqual(ids);
  });

  it('makes rows of what overflows, in the order of the native encoder', async () => {
    const rows = await bpe(['aaa', 'b'], {
      ...{ textPair: ['bbb', 'a'], maxLength: 7, truncation: true, padding: true },
      ...{ returnOverflowingTokens: true, stride: 0 },
    });
    expect(bpe.isNative).toBe(false);
    expect(rows.inputIds).toEqual([
      [0, 3, 1, 1, 4, 4, 1],
      [0, 3, 1, 1, 4, 4, 1],
      [0, 3, 1, 1, 4, 1, 2],
      [0, 3, 1, 1, 4, 4, 1],
      [0, 3, 1, 1, 4, 1, 2],
      [0, 3, 1, 1, 4, 1, 2],
      [0, 4, 1, 1, 3, 1, 2],
    ]);
    expect(rows.overflowToSampleMapping).toEqual([0, 0, 0, 0, 0, 0, 1]);
    expect(rows.newTokens).toEqual([3, 1, 1, 1, 0, 0, 2]);
    const left = { maxLength: 4, truncation: true, truncationSide: 'left', returnOverflowingTokens: true } as const;
    expect((await bpe('abaab', { ...left, addSpecialTokens: false, maxLength: 2, stride: 1 })).inputIds).toEqual([
      [3, 5],
      [5, 3],
    ]);
    await expect(bpe('abaab', { ...left, stride: 2 })).rejects.toThrow('stride must be below the room for the text');
  });

  it('decodes', () => {
    expect(bpe.decode([0, 5, 6, 3, 1], { skipSpecialTokens: true })).toBe('ab a');
    expect(bpe.decode([])).toBe('');
  });

  it('refuses a length that does not hold the special tokens', async () => {
    await expect(bpe('a', { maxLength: 1 })).rejects.toThrow(ConfigError);
  });

  it('ends with AbortError while the worker is busy, and goes on afterwards', async () => {
    const controller = new AbortController();
    const call = bpe('ab '.repeat(100_000), { signal: controller.signal });
    setTimeout(() => controller.abort(), 5);
    await expect(call).rejects.toThrow(AbortError);
    expect((await bpe('a')).inputIds).toEqual([[0, 3, 1]]);
  });

  it('is of no use once disposed', async () => {
    const gone = await smallTokenizer(
      smallJson(['[UNK]'], {
        model: { type: 'WordLevel', vocab: { '[UNK]': 0 }, unk_token: '[UNK]' },
        pre_tokenizer: { type: 'Digits', individual_digits: false },
        added_tokens: [],
        post_processor: null,
      }),
    );
    gone.dispose();
    gone.dispose();
    await expect(gone('a')).rejects.toThrow(DisposedError);
    expect(() => gone.encode('a')).toThrow(DisposedError);
  });
});
