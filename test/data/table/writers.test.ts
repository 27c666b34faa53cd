import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import { Dataset, DatasetDict } from '../../../lib/data/index.js';
import { CheckpointError, ConfigError, DataError } from '../../../lib/util/errors.js';
import { testFiles } from '../readers/files.js';

const file = testFiles();

describe('Dataset.toCsv', () => {
  it('writes what fromCsv reads back, whatever the texts hold', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', '\t', ' ', 'é', '😀') });
    const rows = fc.array(fc.record({ 'x,"y"': field, z: field }), { minLength: 1, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('.csv', '.tsv'), async (written, ending) => {
        const path = await file(ending);
        await Dataset.fromArray(written).toCsv(path);
        expect((await Dataset.load(path)).toArray()).toEqual(written);
      }),
      { numRuns: 50 },
    );
  });

  it('keeps empty texts, also of one column, and skips empty lines', async () => {
    const path = await file('.csv');
    const rows = [{ text: 'a' }, { text: '' }, { text: 'b' }];
    await Dataset.fromArray(rows).toCsv(path);
    expect((await Dataset.fromCsv(path)).toArray()).toEqual(rows);
    expect((await Dataset.fromCsv(await file('.csv', 'a\n\nx\n\n\ny'))).column('a')).toEqual(['x', 'y']);
  });

  it('writes numbers, truth values and missing values, and refuses lists', async () => {
    const path = await file('.csv');
    await Dataset.fromArray<object>([{ a: 1.5, b: true, c: null }]).toCsv(path, { delimiter: ';' });
    expect(await readFile(path, 'utf8')).toBe('a;b;c\n1.5;true;\n');
    await expect(Dataset.fromArray([{ a: [1] }]).toCsv(path)).rejects.toThrow('got [1] in column a of row 0');
    await expect(Dataset.fromArray([{ a: 1 }]).toCsv(path, { sep: 'x' } as object)).rejects.toThrow(ConfigError);
    await expect(Dataset.fromArray([{ a: 1 }]).toCsv('/nowhere/at/all.csv')).rejects.toThrow(CheckpointError);
  });
});

describe('Dataset.toJsonl', () => {
  it('writes what fromJsonl reads back; typed arrays as lists', async () => {
    const path = await file('.jsonl');
    const rows = [{ text: 'é\n"', ids: [1, 2], nested: { a: null } }];
    await Dataset.fromArray([{ ...rows[0], ids: Int32Array.of(1, 2) }]).toJsonl(path);
    expect((await Dataset.fromJsonl(path)).toArray()).toEqual(rows);
    for (const bad of [Number.NaN, 1n, (): number => 1])
      await expect(Dataset.fromArray([{ deep: [bad] }]).toJsonl(path)).rejects.toThrow(DataError);
    const loop: { own?: object } = {};
    loop.own = loop;
    await expect(Dataset.fromArray([loop]).toJsonl(path)).rejects.toThrow(DataError);
  });
});

describe('DatasetDict', () => {
  const parts = new DatasetDict({
    train: Dataset.fromArray([{ x: 1 }, { x: 2 }]),
    test: Dataset.fromArray([{ x: 3 }]),
  });

  it('gives parts by name and changes all of them', async () => {
    expect([parts.splits, parts.lengths, parts.has('dev')]).toEqual([['train', 'test'], { train: 2, test: 1 }, false]);
    const names: string[] = [];
    const changed = await parts.each((part, split) => {
      names.push(split);
      return part.map(({ x }) => ({ x: String(x) }));
    });
    expect(names).toEqual(['train', 'test']);
    expect([...changed].map(([split, part]) => [split, part.column('x')])).toEqual([
      ['train', ['1', '2']],
      ['test', ['3']],
    ]);
    expect(() => parts.get('dev' as 'test')).toThrow('DatasetDict: split must be one of train, test, got dev');
  });
});
