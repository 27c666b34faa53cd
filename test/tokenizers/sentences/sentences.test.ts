import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import {
  AbortError,
  AutoTokenizer,
  chunkSentences,
  ConfigError,
  splitSentences,
  TokenizerError,
  trainWordPiece,
} from '../../../lib/index.js';
import { sharedPath } from '../../shared.js';

const TEXT = 'It rains in 3.50 of ten days. Does it?  It does!\n\nA heading\n你好。再见。 “Quoted.” The end';

describe('splitSentences', () => {
  it('cuts at the ends of sentences and at line breaks, with places in the text', () => {
    const sentences = splitSentences(TEXT, { locale: 'en' });
    expect(sentences.map(({ text }) => text)).toEqual([
      ...[
        'It rains in 3.50 of ten days.',
        'Does it?',
        'It does!',
        'A heading',
        '你好。',
        '再见。',
        '“Quoted.”',
        'The end',
      ],
    ]);
    for (const { text, start, end } of sentences) expect(TEXT.slice(start, end)).toBe(text);
    expect(splitSentences(' \n ')).toEqual([]);
  });

  it('gives of a long text what Intl.Segmenter gives of each part, in time that grows with its length', () => {
    const unit = 'This is one, is it not? Yes. A third “sentence of 1.5 lines” (e.g. this) ends here! ';
    const [one, many] = [splitSentences(unit), splitSentences(unit.repeat(3000))];
    expect(many).toHaveLength(one.length * 3000);
    for (const [i, { text, start }] of many.entries()) {
      const same = one[i % one.length]!;
      expect([text, start]).toEqual([same.text, same.start + Math.floor(i / one.length) * unit.length]);
    }
    const endless = 'no end '.repeat(2000);
    expect(splitSentences(`Short. ${endless}`).map(({ text }) => text)).toEqual([`Short. ${endless.trim()}`]);
    expect(splitSentences(`Short. N${endless}`).map(({ text }) => text)).toEqual(['Short.', `N${endless.trim()}`]);
  });

  it('refuses what is no text and no locale', () => {
    expect(() => splitSentences(5 as never)).toThrow(TokenizerError);
    expect(() => splitSentences('a', { locale: 'not a locale' })).toThrow(ConfigError);
    expect(() => splitSentences('a', { local: 'en' } as never)).toThrow('did you mean "locale"');
  });
});

describe('chunkSentences', () => {
  const words = ['rain', 'day', 'unbelievable', '3.5', 'x', '你好', 'supercalifragilistic', '👨‍👩‍👧‍👦'];
  const sentence = fc
    .tuple(
      fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 12 }),
      fc.constantFrom('. ', '! ', '?\n', ' '),
    )
    .map(([list, end]) => list.join(' ') + end);

  it('covers every character but white space, in chunks of at most maxLength tokens', async () => {
    const tokenizer = await trainWordPiece([TEXT, words.join(' ')], { vocabSize: 90, minFrequency: 1 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(sentence, { maxLength: 8 }),
        fc.integer({ min: 3, max: 20 }),
        async (list, maxLength) => {
          const text = list.join('');
          const chunks = await chunkSentences(tokenizer, text, { maxLength, locale: 'en' });
          let end = 0;
          for (const chunk of chunks) {
            expect(text.slice(end, chunk.start).trim()).toBe('');
            expect(text.slice(chunk.start, chunk.end)).toBe(chunk.text);
            expect(tokenizer.encode(chunk.text).inputIds).toHaveLength(chunk.tokens);
            expect(chunk.tokens).toBeLessThanOrEqual(maxLength);
            end = chunk.end;
          }
          expect(text.slice(end).trim()).toBe('');
        },
      ),
      { numRuns: 60 },
    );
  });

  it('puts as many whole sentences together as there is room for', async () => {
    const tokenizer = await trainWordPiece([TEXT], { vocabSize: 200, minFrequency: 1 });
    const sentences = splitSentences(TEXT, { locale: 'en' });
    const starts = new Set(sentences.map(({ start }) => start));
    const chunks = await chunkSentences(tokenizer, TEXT, { maxLength: 30, locale: 'en' });
    expect(chunks.length).toBeLessThan(sentences.length);
    for (const [i, { start, tokens }] of chunks.entries()) {
      expect(starts.has(start)).toBe(true);
      const next = sentences.find((each) => each.start === chunks[i + 1]?.start);
      if (next !== undefined)
        expect(tokens + tokenizer.encode(next.text, { addSpecialTokens: false }).inputIds.length).toBeGreaterThan(30);
    }
  });

  it.skipIf(sharedPath('tokenizers/roberta') === undefined)(
    'serves byte-level tokenizers, where a space counts',
    async () => {
      using tokenizer = await AutoTokenizer.fromPretrained(sharedPath('tokenizers/roberta')!);
      const text = 'Grüße! It is  (really) raining. '.repeat(20) + '👨‍👩‍👧‍👦'.repeat(10);
      for (const maxLength of [8, 13, 40]) {
        const chunks = await chunkSentences(tokenizer, text, { maxLength });
        for (const { tokens } of chunks) expect(tokens).toBeLessThanOrEqual(maxLength);
        expect(
          chunks
            .map((chunk) => chunk.text)
            .join('')
            .replaceAll(/\s/g, ''),
        ).toBe(text.replaceAll(/\s/g, ''));
      }
    },
  );

  it('refuses no room, no length and an aborted signal', async () => {
    const tokenizer = await trainWordPiece([TEXT], { vocabSize: 90, minFrequency: 1 });
    tokenizer.modelMaxLength = undefined;
    await expect(chunkSentences(tokenizer, TEXT)).rejects.toThrow(/above the 2 special tokens, got undefined/);
    await expect(chunkSentences(tokenizer, TEXT, { maxLength: 2 })).rejects.toThrow(ConfigError);
    await expect(chunkSentences(tokenizer, null as never, { maxLength: 9 })).rejects.toThrow(TokenizerError);
    const signal = AbortSignal.abort();
    await expect(chunkSentences(tokenizer, TEXT, { maxLength: 9, signal })).rejects.toThrow(AbortError);
    expect(await chunkSentences(tokenizer, ' ', { maxLength: 9 })).toEqual([]);
  });
});
