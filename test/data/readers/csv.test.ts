import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import { sharedPath } from '../../shared.js';
import { Dataset } from '../../../lib/data/table/dataset.js';
import { AbortError, ConfigError, DataError } from '../../../lib/util/errors.js';
import { testFiles } from './files.js';

const write = testFiles();
const file = (text: string | Uint8Array, ending = '.csv'): Promise<string> => write(ending, text);

describe('Dataset.fromCsv', () => {
  it('reads quoted fields, line ends inside them, CRLF, a byte order mark, empty lines and no last line end', async () => {
    const path = await file('\ufefftext,label\r\n"a ""b"", c\r\nd",1\r\n\r\nplain,2');
    const dataset = await Dataset.fromCsv(path);
    expect(dataset.columnNames).toEqual(['text', 'label']);
    expect([...dataset]).toEqual([
      { text: 'a "b", c\r\nd', label: '1' },
      { text: 'plain', label: '2' },
    ]);
  });

  it('reads TSV by ending or by option, and plain quotes where quote is null', async () => {
    const text = 'text\tlabel\nsay "hi\t0\n';
    const rows = [{ text: 'say "hi', label: '0' }];
    expect([...(await Dataset.fromCsv(await file(text, '.tsv'), { quote: null }))]).toEqual(rows);
    expect([...(await Dataset.fromCsv(await file(text), { delimiter: '\t', quote: null }))]).toEqual(rows);
  });

  it('names columns by option, keeps the asked ones in their order and makes numbers', async () => {
    const path = await file('1,x,2.5\n-3,y, 4e2\n');
    const dataset = await Dataset.fromCsv<{ c: number; a: number }>(path, {
      header: ['a', 'b', 'c'],
      columns: ['c', 'a'],
      types: { a: 'number', c: 'number' },
    });
    expect([...dataset]).toEqual([
      { c: 2.5, a: 1 },
      { c: 400, a: -3 },
    ]);
    expect(dataset.columnNames).toEqual(['c', 'a']);
  });

  it('joins several files with the same columns in any order, and names the file that lacks one', async () => {
    const first = await file('a,b\n1,2\n');
    const second = await file('b,a\n4,3\n');
    expect([...(await Dataset.fromCsv([first, second]))]).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ]);
    const third = await file('a,c\n1,2\n');
    await expect(Dataset.fromCsv([first, third])).rejects.toThrow(`${third}:1: column b must be there, got a, c`);
  });

  it('gives back what was written, whatever the fields hold', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'é', '😀') });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ x: field, y: field }), { maxLength: 5 }), async (rows) => {
        const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
        const path = await file(['x,y', ...rows.map((row) => `${quoted(row.x)},${quoted(row.y)}`)].join('\n'));
        expect([...(await Dataset.fromCsv(path))]).toEqual(rows);
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['a quote that is never closed', 'a,b\n1,2\n\n3,"x\ny\n4,5\n', 4, 'a quoted field must be closed, got the end'],
    [
      'a quote inside a plain field',
      'a,b\n1,2\n3,x"y\n',
      3,
      'must be quoted itself (option quote), got a quote inside a plain field',
    ],
    ['text after a closing quote', 'a,b\n1,2\n3,"x"y\n', 3, 'a closing quote must end its field, got more text'],
    ['a field too few, after a record of two lines', 'a,b\n"1\n2",2\n3\n', 4, 'a record must have 2 fields, got 1'],
    ['a field too many', 'a,b\n1,2,3\n', 2, 'a record must have 2 fields, got 3'],
    ['a column name that comes twice', 'a,a\n1,2\n', 1, 'column names must be unique and plain, got a in a, a'],
    ['a column name that would set a prototype', 'a,__proto__\n1,2\n', 1, 'unique and plain, got __proto__'],
    ['nothing at all', '', 1, 'the file must have a header line, got an empty file'],
  ])('names file and line of %s', async (_, text, line, rule) => {
    const path = await file(text);
    const error = await Dataset.fromCsv(path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect((error as Error).message).toContain(`${path}:${line}: `);
    expect((error as Error).message).toContain(rule);
    expect(error).toMatchObject({ fields: { path, line } });
  });

  it('stops at a record that is too long to be one, as after a forgotten quote', async () => {
    const path = await file(`a,b\n1,"2\n${'3,4\n'.repeat(5_000_000)}`);
    await expect(Dataset.fromCsv(path)).rejects.toThrow(`${path}:2: a record must be under 16777216 bytes, got more`);
  });

  it('names a missing column with the nearest there, and a value that is no number', async () => {
    const path = await file('text,label\nx,1\ny,\n');
    await expect(Dataset.fromCsv(path, { columns: ['texts'] })).rejects.toThrow(
      `${path}:1: column texts must be there, got text, label (did you mean "text"?)`,
    );
    await expect(Dataset.fromCsv(path, { types: { lable: 'number' } })).rejects.toThrow(/column lable must be there/);
    await expect(Dataset.fromCsv(path, { types: { label: 'number' } })).rejects.toThrow(
      `${path}:3: column label must hold numbers, got ""`,
    );
  });

  it('names a file that cannot be read', async () => {
    const path = await write('.none');
    await expect(Dataset.fromCsv(path)).rejects.toThrow(DataError);
    await expect(Dataset.fromCsv(path)).rejects.toThrow(`${path}: the file must be readable, got ENOENT`);
    const folder = import.meta.dirname;
    await expect(Dataset.fromCsv(folder)).rejects.toThrow(`${folder}: the file must be readable, got EISDIR`);
  });

  it('refuses unknown options and empty characters', async () => {
    await expect(Dataset.fromCsv('x', { delimeter: ';' } as object)).rejects.toThrow(/did you mean "delimiter"/);
    await expect(Dataset.fromCsv('x', { delimiter: '' })).rejects.toThrow(ConfigError);
    await expect(Dataset.fromCsv('x', { types: { a: 'int' as 'number' } })).rejects.toThrow(ConfigError);
  });

  it('stops when the signal fires while it reads', async () => {
    const path = await file(`a,b\n${'1,2\n'.repeat(200_000)}`);
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 10);
    await expect(Dataset.fromCsv(path, { signal: controller.signal })).rejects.toThrow(AbortError);
  });

  const tweets = sharedPath('data/airline_tweets/Tweets.csv');
  it.skipIf(tweets === undefined)('reads the 14,640 airline tweets in three classes', async () => {
    const dataset = await Dataset.fromCsv(tweets!, { columns: ['text', 'airline_sentiment'] });
    expect(dataset.length).toBe(14_640);
    expect(new Set(dataset.column('airline_sentiment')).size).toBe(3);
  });

  it('refuses paths that are none, and options that are none', async () => {
    for (const paths of [null, undefined, 7, [null]] as unknown as string[]) {
      await expect(Dataset.fromCsv(paths)).rejects.toThrow(DataError);
      await expect(Dataset.fromCsv(paths)).rejects.toThrow(/^Dataset\.fromCsv: a file must be a path, got /);
    }
    await expect(Dataset.fromCsv('x', null as never)).rejects.toThrow(ConfigError);
  });
});
