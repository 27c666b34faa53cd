import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../seeded.js';
import goldens from '../golden/tokenizer_goldens.json' with { type: 'json' };
import { smallJson, smallTokenizer } from './small_tokenizer.js';

const json = smallJson(goldens.vocab);
const tokenizer = await smallTokenizer(json, { model_max_length: 512 });
const oracle = new Tokenizer(json, {});

/** Any UTF-16 units, lone surrogates among them. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0x20, max: 0x7e })), { maxLength: 60 })
  .map((units) => String.fromCharCode(...units));

/** Words of the vocabulary and what lies between them. */
const wordy = fc
  .array(fc.constantFrom(...goldens.vocab.map((token) => token.replace('##', '')), ' ', '  ', 'É', 'Σ', '[MASK]'), {
    maxLength: 40,
  })
  .map((words) => words.join(''));

const text = fc.oneof(anyText, wordy, fc.string({ unit: 'grapheme' }));

/**
 * The JavaScript oracle differs from Hugging Face's own (Rust) normaliser in two things that we take from the latter:
 * it spaces no CJK character past U+FFFF, and it has a final sigma.
 */
const isOracleRight = (value: string): boolean => !/[\u{20000}-\u{2fa1f}Σ]/u.test(value);

describe('any text', () => {
  it('has the ids of @huggingface/tokenizers', () => {
    fc.assert(
      fc.property(text.filter(isOracleRight), (value) => {
        expect(tokenizer.encode(value).inputIds).toEqual(oracle.encode(value).ids);
      }),
      { numRuns: 2000 },
    );
  });

  it('has offsets that lie in it, in order, and words that grow', () => {
    fc.assert(
      fc.property(text, (value) => {
        const options = { addSpecialTokens: false, returnOffsetsMapping: true, returnWordIds: true };
        const { offsets, wordIds } = tokenizer.encode(value, options);
        let last = 0;
        for (const [start, end] of offsets!) {
          expect(start).toBeGreaterThanOrEqual(last);
          expect(end).toBeGreaterThan(start);
          last = start;
        }
        expect(last).toBeLessThanOrEqual(value.length);
        wordIds!.forEach((word, i) => expect(word! - (wordIds![i - 1] ?? -1)).toBeLessThanOrEqual(1));
      }),
      { numRuns: 500 },
    );
  });

  it('begins with what truncation leaves of it', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 20 }), (value, maxLength) => {
        const whole = tokenizer.encode(value).inputIds;
        const cut = tokenizer.encode(value, { truncation: true, maxLength }).inputIds;
        const kept = whole.length <= maxLength ? whole : [...whole.slice(0, maxLength - 1), 3];
        expect(cut).toEqual(kept);
      }),
      { numRuns: 500 },
    );
  });

  it('has the same rows alone, in a batch, and as a pair', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(text, { maxLength: 8 }), text, async (values, pair) => {
        const alone = values.map((value) => tokenizer.encode(value).inputIds);
        expect((await tokenizer(values)).inputIds).toEqual(alone);
        const second = tokenizer.encode(pair, { addSpecialTokens: false }).inputIds;
        const pairs = await tokenizer(values, { textPair: values.map(() => pair) });
        expect(pairs.inputIds).toEqual(alone.map((row) => [...row, ...second, 3]));
      }),
      { numRuns: 100 },
    );
  });

  it('is cut as a pair to the length asked for, the longer sequence first', () => {
    fc.assert(
      fc.property(wordy, wordy, fc.integer({ min: 3, max: 30 }), (first, second, maxLength) => {
        const options = { textPair: second, returnSpecialTokensMask: true };
        const count = (value: string): number => tokenizer.encode(value, { addSpecialTokens: false }).inputIds.length;
        const row = tokenizer.encode(first, { ...options, truncation: true, maxLength });
        const whole = count(first) + count(second) + 3;
        expect(row.inputIds).toHaveLength(Math.min(whole, maxLength));
        const own = row.tokenTypeIds!.filter((type, i) => type === 0 && row.specialTokensMask![i] === 0).length;
        const other = row.inputIds.length - 3 - own;
        // Only a sequence that is not the shorter one is cut.
        if (own < count(first)) expect(own).toBeGreaterThanOrEqual(Math.min(other, count(second)) - 1);
        if (other < count(second)) expect(other).toBeGreaterThanOrEqual(Math.min(own, count(first)) - 1);
      }),
      { numRuns: 500 },
    );
  });
});
