import { describe, expect, it } from 'vitest';
import type { BatchEncodeOptions } from '../../lib/tokenizers/index.js';
import { TokenizerError } from '../../lib/util/errors.js';
import { smallJson, smallTokenizer } from './small_tokenizer.js';
import goldens from '../golden/tokenizer_goldens.json' with { type: 'json' };

interface Case {
  tokenizer: string;
  text: string;
  pair?: string;
  options?: BatchEncodeOptions;
  ids?: number[];
  types?: number[];
  special?: number[];
  words?: number[];
  offsets?: number[];
  error?: string;
}

/** The tokenizer that make_tokenizer_goldens.py calls by this name. */
function build(name: string): ReturnType<typeof smallTokenizer> {
  const [kind, added] = name.split('+') as [keyof typeof goldens.normalizers, string?];
  const json = smallJson(goldens.vocab, { normalizer: { type: 'BertNormalizer', ...goldens.normalizers[kind] } });
  if (added !== undefined) json['added_tokens'] = [...(json['added_tokens'] as object[]), ...goldens.added];
  return smallTokenizer(json);
}

const names = [...new Set(goldens.cases.map(({ tokenizer }) => tokenizer))];
const tokenizers = new Map(await Promise.all(names.map(async (name) => [name, await build(name)] as const)));

const titled = (goldens.cases as Case[]).map((golden) => {
  const { tokenizer, text, pair, options } = golden;
  return { title: JSON.stringify({ tokenizer, text: text.slice(0, 60), pair, ...options }), golden };
});

describe('encoding equals that of Python tokenizers', () => {
  it.each(titled)('$title', async ({ golden }) => {
    const tokenizer = tokenizers.get(golden.tokenizer)!;
    const options: BatchEncodeOptions = {
      ...golden.options,
      textPair: golden.pair,
      returnOffsetsMapping: true,
      returnSpecialTokensMask: true,
      returnWordIds: true,
    };
    const encode = (): ReturnType<typeof tokenizer.encode> =>
      tokenizer.encode(golden.text, { ...options, textPair: golden.pair });
    if (golden.error !== undefined) {
      expect(encode).toThrow(TokenizerError);
      await expect(tokenizer([golden.text], options)).rejects.toThrow(/^truncation: /);
      return;
    }
    const encoded = encode();
    expect(encoded.inputIds).toEqual(golden.ids);
    if (golden.words) expect(encoded.wordIds).toEqual(golden.words.map((word) => (word < 0 ? null : word)));
    if (golden.offsets) expect(encoded.offsets!.flat()).toEqual(golden.offsets);
    if (golden.types) expect(encoded.tokenTypeIds).toEqual(golden.types);
    if (golden.special) expect(encoded.specialTokensMask).toEqual(golden.special);
    const batch = await tokenizer([golden.text], options);
    expect(batch).toEqual(Object.fromEntries(Object.entries(encoded).map(([field, row]) => [field, [row]])));
  });
});

describe('decoding equals that of Python tokenizers', () => {
  it.each(goldens.decoded)('$ids, special tokens skipped: $skip', ({ ids, skip, text }) => {
    const decoded = tokenizers.get('uncased')!.decode(ids, { skipSpecialTokens: skip });
    expect(decoded).toBe(text);
  });
});
