import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import { Dataset } from '../../../lib/data/table/dataset.js';
import { AbortError, ConfigError, DataError } from '../../../lib/util/errors.js';
import { testFiles } from './files.js';

const write = testFiles();
const file = (text: string | Uint8Array, ending = '.jsonl'): Promise<string> => write(ending, text);

describe('Dataset.fromJsonl', () => {
  it('reads objects, skips empty lines, and lists all keys as columns', async () => {
    const path = await file('\ufeff{"text":"a","label":1}\r\n\n  \n{"text":"b\u2028c","extra":[1]}');
    const dataset = await Dataset.fromJsonl(path);
    expect([...dataset]).toEqual([
      { text: 'a', label: 1 },
      { text: 'b\u2028c', extra: [1] },
    ]);
    expect(dataset.columnNames).toEqual(['text', 'label', 'extra']);
    expect(dataset.column('label')).toEqual([1, undefined]);
  });

  it('keeps the asked columns and reads several files', async () => {
    const paths = [await file('{"a":1,"b":2}\n'), await file('{"b":4,"a":3}\n')];
    expect([...(await Dataset.fromJsonl(paths, { columns: ['b'] }))]).toEqual([{ b: 2 }, { b: 4 }]);
  });

  it('gives back what was written, also across the pieces a file is read in', async () => {
    const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.integer(), fc.boolean(), fc.constant(null));
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ x: value, y: value }), { minLength: 1, maxLength: 9 }), async (rows) => {
        const lines = rows.map((row) => JSON.stringify(row));
        const path = await file(`${lines.join('\n')}\n${JSON.stringify({ x: 'é😀'.repeat(20_000), y: 1 })}\n`);
        expect((await Dataset.fromJsonl(path)).slice(0, -1).toArray()).toEqual(rows);
        expect((await Dataset.fromJsonl(path)).at(-1)['x']).toBe('é😀'.repeat(20_000));
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ['broken JSON', '{"a":1}\n\n{"a":\n', 3, 'a line must be valid JSON, got'],
    ['an array', '[1]\n', 1, 'a line must hold a JSON object, got an array'],
    ['null', '{}\nnull\n', 2, 'got null'],
    ['a number', '3\n', 1, 'got a number'],
    ['a key that would set a prototype', '{"__proto__":{}}\n', 1, 'column names must be plain, got __proto__'],
  ])('names file and line of %s', async (_, text, line, rule) => {
    const path = await file(text);
    const error = await Dataset.fromJsonl(path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toContain(`${path}:${line}: `);
    expect((error as Error).message).toContain(rule);
    expect(error).toMatchObject({ fields: { path, line } });
  });

  it('names file, line and nearest column when one is missing', async () => {
    const path = await file('{"text":1}\n{"txt":2}\n');
    await expect(Dataset.fromJsonl(path, { columns: ['text'] })).rejects.toThrow(
      `${path}:2: column text must be there, got txt (did you mean "txt"?)`,
    );
  });

  it('names a file that cannot be read, refuses an endless line and stops when the signal fires', async () => {
    await expect(Dataset.fromJsonl(await write('.none'))).rejects.toThrow(
      /\.none: the file must be readable, got ENOENT/,
    );
    const endless = await file('x'.repeat((1 << 24) + 70_000));
    await expect(Dataset.fromJsonl(endless)).rejects.toThrow(`${endless}:1: a line must be under 16777216 characters`);
    await expect(Dataset.fromJsonl(endless, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
  });

  it('refuses paths that are none, and options that are none', async () => {
    for (const paths of [null, undefined, 7, [null]] as unknown as string[]) {
      await expect(Dataset.fromJsonl(paths)).rejects.toThrow(DataError);
      await expect(Dataset.fromJsonl(paths)).rejects.toThrow(/^Dataset\.fromJsonl: a file must be a path, got /);
    }
    await expect(Dataset.fromJsonl('x', null as never)).rejects.toThrow(ConfigError);
  });
});
