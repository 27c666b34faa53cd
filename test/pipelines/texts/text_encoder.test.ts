import { beforeAll, describe, expect, it } from 'vitest';
import { DataError, type PreTrainedTokenizer, TokenizerError } from '../../../lib/index.js';
import { type EncodeSettings, SharedTextEncoder } from '../../../lib/pipelines/texts/text_encoder.js';
import { newTokenizer } from '../tiny_classifier.js';

const SETTINGS: EncodeSettings = { truncation: true, maxLength: 8, stride: undefined, offsets: false, words: false };

let tokenizer: PreTrainedTokenizer;
beforeAll(async () => {
  tokenizer = await newTokenizer();
});

/** An encoder, and the sizes of the batches its tokenizer gets; a text `bad` fails, and takes its batch with it. */
function newEncoder(): { encoder: SharedTextEncoder; batches: number[] } {
  const batches: number[] = [];
  const counting = {
    encodeBatch: (texts: readonly string[], options: object) => {
      batches.push(texts.length);
      if (texts.includes('bad')) throw new TokenizerError('tokenizer: a bad text');
      return tokenizer.encodeBatch(texts, options);
    },
  };
  return { encoder: new SharedTextEncoder('test', counting as unknown as PreTrainedTokenizer), batches };
}

describe('SharedTextEncoder', () => {
  it('tokenizes what comes in one turn together, apart by settings', async () => {
    const { encoder, batches } = newEncoder();
    const long = 'the cat sat on the mat and looked at the money';
    const all = await Promise.all([
      ...Array.from({ length: 40 }, () => encoder.encode({ text: long }, SETTINGS)),
      encoder.encode({ text: long }, { ...SETTINGS, maxLength: 4 }),
      encoder.encode({ text: 'lunch', textPair: 'noon' }, SETTINGS),
    ]);
    expect(batches).toEqual([40, 1, 1]);
    expect(all.slice(0, 41).map(([row]) => row!.inputIds.length)).toEqual([...Array<number>(40).fill(8), 4]);
    expect(Array.from(all[41]![0]!.tokenTypeIds!)).toContain(1);
    // What comes while others are tokenized goes together after them.
    const first = encoder.encode({ text: 'a' }, SETTINGS);
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([first, ...['b', 'c'].map((text) => encoder.encode({ text }, SETTINGS))]);
    expect(batches.slice(3)).toEqual([1, 2]);
  });

  it('lets a text that fails reach its own caller alone', async () => {
    const { encoder } = newEncoder();
    const texts = ['win', 'bad', 'money'].map((text) => encoder.encode({ text }, SETTINGS));
    const settled = await Promise.allSettled(texts);
    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect((settled[1] as PromiseRejectedResult).reason).toBeInstanceOf(TokenizerError);
  });

  it('gives windows the types, offsets and masks of their own tokens', async () => {
    const { encoder } = newEncoder();
    const pair = { text: 'see you', textPair: 'the cat sat on the mat' };
    const windows = await encoder.encode(pair, { ...SETTINGS, maxLength: 10, stride: 2, offsets: true });
    expect(windows.length).toBeGreaterThan(1);
    for (const { inputIds, tokenTypeIds, offsets, specialTokensMask } of windows) {
      expect([tokenTypeIds!.length, specialTokensMask!.length]).toEqual([inputIds.length, inputIds.length]);
      for (let i = 0; i < inputIds.length; i++) {
        const place = Array.from(offsets!).slice(2 * i, 2 * i + 2);
        const source = tokenTypeIds![i] === 1 ? pair.textPair : pair.text;
        const token = tokenizer.convertIdsToTokens(inputIds[i]!).replace(/^##/, '');
        if (specialTokensMask![i] === 0) expect(source.slice(place[0], place[1])).toBe(token);
      }
    }
    expect(windows[0]!.newTokens + windows[1]!.newTokens).toBeGreaterThan(windows[1]!.newTokens);
  });

  it('refuses a text that is too long and may neither be cut nor windowed', async () => {
    const { encoder } = newEncoder();
    const whole = encoder.encode({ text: 'the cat sat on the mat' }, { ...SETTINGS, truncation: false, maxLength: 4 });
    await expect(whole).rejects.toThrow(DataError);
    await expect(whole).rejects.toThrow(/at most 4 tokens, got \d+/);
  });
});
