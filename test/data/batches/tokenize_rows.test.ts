import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Dataset, tokenizeRows } from '../../../lib/data/index.js';
import { trainWordPiece } from '../../../lib/tokenizers/index.js';
import { AbortError, ConfigError, DataError } from '../../../lib/util/errors.js';

const rows = Dataset.fromArray([
  { text: 'the cat sat on the mat', other: 'a cat', label: 1 },
  { text: '', other: '', label: 0 },
  { text: 'a mat', other: 'the mat sat', label: 1 },
]);
const tokenizer = await trainWordPiece(rows.column('text'), { vocabSize: 80, minFrequency: 1 });
const lists = (values: readonly ArrayLike<number>[]): number[][] => values.map((list) => Array.from(list));

describe('tokenizeRows', () => {
  it("gives the tokenizer's ids in place of the texts, cut at maxLength", async () => {
    const encoded = await tokenizeRows(rows, tokenizer, { maxLength: 6 });
    expect(encoded.columnNames).toEqual(['other', 'label', 'inputIds', 'tokenTypeIds']);
    const wanted = rows
      .column('text')
      .map((text) => tokenizer.encode(text, { truncation: true, maxLength: 6 }).inputIds);
    expect(lists(encoded.column('inputIds'))).toEqual(wanted);
    expect(encoded.column('label')).toEqual([1, 0, 1]);
    const whole = await tokenizeRows(rows, tokenizer, { truncation: false });
    expect(lists(whole.column('inputIds'))).toEqual(rows.column('text').map((text) => tokenizer.encode(text).inputIds));
  });

  it('takes two text columns', async () => {
    const encoded = await tokenizeRows(rows, tokenizer, { textPairColumn: 'other' });
    expect(encoded.columnNames).toEqual(['label', 'inputIds', 'tokenTypeIds']);
    for (const [i, { text, other }] of [...rows].entries())
      expect(Array.from(encoded.at(i).inputIds)).toEqual(tokenizer.encode(text, { textPair: other }).inputIds);
    expect(encoded.at(0).tokenTypeIds!).toContain(1);
  });

  it('with a stride makes windows that hold all tokens, and names their rows', async () => {
    const windows = await tokenizeRows(rows, tokenizer, { maxLength: 5, stride: 1 });
    const [cls, sep] = [tokenizer.clsTokenId!, tokenizer.sepTokenId!];
    const text = tokenizer.encode(rows.at(0).text).inputIds.slice(1, -1);
    const starts = Array.from({ length: Math.ceil((text.length - 1) / 2) }, (_, i) => 2 * i);
    const own = windows.toArray().filter(({ sampleIndex }) => sampleIndex === 0);
    expect(lists(own.map(({ inputIds }) => inputIds))).toEqual(
      starts.map((at) => [cls, ...text.slice(at, at + 3), sep]),
    );
    expect(own.map(({ label }) => label)).toEqual(starts.map(() => 1));
    expect(own.map(({ newTokens }) => newTokens).reduce((sum, count) => sum! + count!, 0)).toBe(text.length);
    expect(windows.column('sampleIndex').at(-1)).toBe(2);
    expect(windows.columnNames).toEqual([
      ...['other', 'label', 'inputIds', 'tokenTypeIds'],
      ...['newTokens', 'sampleIndex'],
    ]);
  });

  it('with a stride cuts the second of two texts, and names rows beyond the first batch', async () => {
    const many = Dataset.fromArray(
      Array.from({ length: 501 }, () => ({ text: 'the', other: 'a mat the cat', label: 1 })),
    );
    const windows = await tokenizeRows(many, tokenizer, { textPairColumn: 'other', maxLength: 6, stride: 0 });
    const own = windows.toArray().filter(({ sampleIndex }) => sampleIndex === 500);
    const [cls, sep] = [tokenizer.clsTokenId!, tokenizer.sepTokenId!];
    const [first, second] = ['the', 'a mat the cat'].map((text) => tokenizer.encode(text).inputIds.slice(1, -1));
    expect(own.length).toBeGreaterThan(1);
    for (const [i, { inputIds, newTokens }] of own.entries()) {
      const room = 6 - 3 - first!.length;
      const part = second!.slice(i * room, (i + 1) * room);
      expect(Array.from(inputIds)).toEqual([cls, ...first!, sep, ...part, sep]);
      expect(newTokens).toBe(part.length);
    }
  });

  it('is kept in a cache under a key', async () => {
    const cacheDir = await mkdtemp(join(tmpdir(), 'gridstride_'));
    const cached = { cacheDir, cacheKey: 'tiny' };
    const first = await tokenizeRows(rows, tokenizer, cached);
    expect((await tokenizeRows(rows, tokenizer, cached)).toArray()).toEqual(first.toArray());
    expect(await readdir(cacheDir)).toHaveLength(1);
    await tokenizeRows(rows, tokenizer, { ...cached, maxLength: 4 });
    expect(await readdir(cacheDir)).toHaveLength(2);
    await rm(cacheDir, { recursive: true });
  });

  it('refuses columns that are not there or hold no texts, and options that lack others', async () => {
    await expect(tokenizeRows(rows, tokenizer, { textColumn: 'txt' })).rejects.toThrow('did you mean "text"');
    await expect(tokenizeRows(rows, tokenizer, { textColumn: 'label' })).rejects.toThrow(
      'tokenizeRows: column label must hold texts, got 1 in row 0',
    );
    await expect(tokenizeRows(rows, tokenizer, { textColumn: 'label' })).rejects.toThrow(DataError);
    for (const options of [
      { stride: 1 },
      { stride: 1, maxLength: 8, truncation: true },
      { cacheDir: 'x' },
      { length: 1 },
    ])
      await expect(tokenizeRows(rows, tokenizer, options as object)).rejects.toThrow(ConfigError);
    await expect(tokenizeRows(rows, tokenizer, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
  });
});
