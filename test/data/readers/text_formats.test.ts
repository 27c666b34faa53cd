import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import { Dataset } from '../../../lib/data/table/dataset.js';
import { IterableDataset } from '../../../lib/data/table/iterable_dataset.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import { sharedPath } from '../../shared.js';
import { streamOf, testFiles } from './files.js';

const file = testFiles();

describe('Dataset.fromJson', () => {
  it('reads an array of records, and one under a field among others', async () => {
    const records = [
      { text: 'a "] }, \\', label: [1, { x: '[' }] },
      { text: 'é', extra: null },
    ];
    const path = await file('.json', JSON.stringify(records, null, 2));
    const dataset = await Dataset.fromJson(path);
    expect(dataset.toArray()).toEqual(records);
    expect(dataset.columnNames).toEqual(['text', 'label', 'extra']);
    const nested = { version: '2', n: 7, list: [[1], {}], data: records, more: { data: [1] } };
    expect((await Dataset.fromJson(await file('.json', JSON.stringify(nested)), { field: 'data' })).toArray()).toEqual(
      records,
    );
    expect((await Dataset.fromJson(await file('.json', ' [ ] '))).length).toBe(0);
    expect((await Dataset.fromJson(path, { columns: ['text'] })).columnNames).toEqual(['text']);
  });

  it('gives what JSON.parse gives, however the text is cut into pieces', async () => {
    const records = fc.array(
      fc.dictionary(
        fc.string().filter((key) => key !== '__proto__'),
        fc.jsonValue(),
      ),
    );
    await fc.assert(
      fc.asyncProperty(records, fc.integer({ min: 1, max: 9 }), fc.nat(2), async (rows, piece, indent) => {
        const text = JSON.stringify({ a: [1, '\\"'], rows, z: null }, null, indent);
        const read = await Dataset.fromJson(streamOf(text, piece), { field: 'rows' });
        expect(read.toArray()).toEqual((JSON.parse(text) as { rows: unknown[] }).rows);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['a third record among others in one line', '[{},{},{"a":}]', 1, '.json:1: record 3: a record must be valid JSON'],
    ['an object', '{"data":[]}', 1, 'must be an array of records, got an object: name its field'],
    ['text', 'abc', 1, 'JSON with an array of records here, got "a"'],
    ['an end too early', '[{"a":1},\n{"a"', 2, 'got its end too early'],
    ['a broken record', '[{"a":1},\n\n{"a":}]', 3, 'a record must be valid JSON, got malformed text'],
    ['a record that is none', '[{},\n7]', 2, 'a record must hold a JSON object, got a number'],
    ['a comma too many', '[{},\n]', 2, 'JSON with a record here, got "]"'],
    ['more behind it', '[{}]\n{}', 2, 'JSON with the end here, got "{"'],
    ['a missing comma', '[{} {}]', 1, 'here, got "{" (after record 1)'],
    ['bytes of another encoding between records', '[{}\ufffd]', 1, 'here, got "\ufffd"'],
  ])('names file and line of %s', async (_, text, line, rule) => {
    const path = await file('.json', text);
    const error = await Dataset.fromJson(path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ fields: { path, line }, message: expect.stringContaining(rule) as string });
  });

  it('names the field that is not there, no array, or there twice', async () => {
    const load = async (text: string): Promise<unknown> =>
      Dataset.fromJson(await file('.json', text), { field: 'rows' });
    await expect(load('{"a":1}')).rejects.toThrow('must have an array under "rows", got none');
    await expect(load('{"rows":1}')).rejects.toThrow('JSON with an array of records here, got "1"');
    await expect(load('{"rows":[],"rows":[]}')).rejects.toThrow('"rows" once, got it twice');
    await expect(load('[]')).rejects.toThrow('JSON with an object with "rows" here');
  });
});

describe('Dataset.fromText', () => {
  const text = 'one\r\n\ntwo\nthree\n\n\n four\n';

  it('gives lines, paragraphs or the document', async () => {
    const path = await file('.txt', text);
    const read = async (sampleBy: 'line' | 'paragraph' | 'document'): Promise<string[]> =>
      (await Dataset.fromText(path, { sampleBy })).column('text');
    expect(await read('line')).toEqual(['one', '', 'two', 'three', '', '', ' four']);
    expect(await read('paragraph')).toEqual(['one', 'two\nthree', ' four']);
    expect(await read('document')).toEqual([text]);
    await expect(read('word' as 'line')).rejects.toThrow(ConfigError);
    await expect(Dataset.fromText(path, { columns: ['txt'] })).rejects.toThrow('did you mean "text"');
  });

  it('decodes by name of the encoding, and refuses other bytes', async () => {
    const latin = await file('.txt', Uint8Array.of(0x63, 0xe9));
    expect((await Dataset.fromText(latin, { encoding: 'latin1' })).column('text')).toEqual(['cé']);
    await expect(Dataset.fromText(latin)).rejects.toThrow('the text must be utf-8 (option encoding), got other bytes');
    await expect(Dataset.fromText(latin, { encoding: 'klingon' })).rejects.toThrow(ConfigError);
  });
});

describe('Dataset.load', () => {
  it('tells formats by ending, also under .gz, or by option', async () => {
    const csv = 'a,b\n1,2\n';
    for (const [ending, contents] of [
      ['.csv', csv],
      ['.CSV.gz', gzipSync(csv)],
      ['.tsv', 'a\tb\n1\t2\n'],
      ['.tsv.gz', gzipSync('a\tb\n1\t2\n')],
      ['.jsonl', '{"a":"1","b":"2"}'],
      ['.json', '[{"a":"1","b":"2"}]'],
    ] as const)
      expect((await Dataset.load(await file(ending, contents))).toArray()).toEqual([{ a: '1', b: '2' }]);
    expect((await Dataset.load(await file('.data', csv), { format: 'text' })).length).toBe(2);
    expect((await Dataset.load(streamOf('{"a":1}'))).toArray()).toEqual([{ a: 1 }]);
  });

  it('gives a DatasetDict for an object of files', async () => {
    const [train, test] = [await file('.csv', 'a\n1\n2\n'), await file('.csv', 'a\n3\n')];
    const parts = await Dataset.load({ train, test: [test, test] });
    expect(parts.lengths).toEqual({ train: 2, test: 2 });
    expect(parts.get('test').column('a')).toEqual(['3', '3']);
    expect(() => parts.get('tset' as 'test')).toThrow('did you mean "test"');
  });

  it('refuses unknown endings, formats and options of other formats, and files that are no gzip', async () => {
    const path = await file('.xyz', 'a\n');
    await expect(Dataset.load(path)).rejects.toThrow(/format must be given for files that do not end in \.csv/);
    await expect(Dataset.load(path, { format: 'excel' as 'csv' })).rejects.toThrow('got "excel"');
    await expect(Dataset.load(path, { format: 'csv', field: 'x' })).rejects.toThrow(ConfigError);
    await expect(Dataset.fromCsv(path, { format: 'text' } as object)).rejects.toThrow(ConfigError);
    await expect(Dataset.load(path, { format: 'csv', columns: 'a' as never })).rejects.toThrow(ConfigError);
    await expect(Dataset.load([])).rejects.toThrow(DataError);
    const broken = await file('.csv.gz', gzipSync('a,b\n'.repeat(100)).subarray(0, -6));
    await expect(Dataset.load(broken)).rejects.toThrow(/the file must be whole gzip, got Z_/);
    await expect(Dataset.load(await file('.csv.gz', 'a,b\n'))).rejects.toThrow(DataError);
  });
});

describe('onError', () => {
  it('puts a row, or none, in the place of a broken record and goes on', async () => {
    const errors: string[] = [];
    const onError = ({ message }: Error): object => ({ error: errors.push(message) });
    const jsonl = await file('.jsonl', '{"a":1}\n{"a"\n7\n{"a":2}\n');
    expect((await Dataset.fromJsonl(jsonl, { onError })).toArray()).toEqual([
      { a: 1 },
      { error: 1 },
      { error: 2 },
      { a: 2 },
    ]);
    expect(errors[0]).toContain(`${jsonl}:2: a line must be valid JSON, got malformed text`);
    const csv = await file('.csv', 'a,b\n1,2\n3\n4,x\n5,6\n');
    const options = { onError: () => undefined };
    const numbers = { ...options, types: { b: 'number' } } as const;
    expect((await Dataset.fromCsv(csv, numbers)).column('a')).toEqual(['1', '5']);
    const json = await file('.json', '[{"a":1},8,{"a":}]');
    expect((await Dataset.fromJson(json, { onError: () => undefined })).toArray()).toEqual([{ a: 1 }]);
    // Without the header, or the brackets of an array, nothing says what the records are.
    await expect(Dataset.fromCsv(await file('.csv', '"a\n1\n'), options)).rejects.toThrow(DataError);
    await expect(Dataset.fromJson(await file('.json', '[{"a":1}{"a":2}]'), options)).rejects.toThrow(DataError);
  });
});

describe('event loop', () => {
  it.each(['csv', 'jsonl', 'json', 'text'] as const)('turns while %s is read', async (format) => {
    const row = '{"text":"some text of usual length, for what it is worth","label":1}';
    const rows = Array.from({ length: 20_000 }, () => row);
    const text = { csv: `a,b\n${'some text,1\n'.repeat(20_000)}`, jsonl: rows.join('\n'), json: `[${rows.join(',')}]` };
    const path = await file(`.${format}`, format === 'text' ? text.jsonl : text[format]);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    let count = 0;
    for await (const _ of IterableDataset.load(path, { format })) count += 1;
    clearInterval(timer);
    expect(count).toBe(20_000);
    expect(turns).toBeGreaterThan(2);
  });
});

describe('texts to train on', () => {
  const pairs = sharedPath('data/spa_eng/spa_every6th.txt');
  const play = sharedPath('data/tiny_shakespeare/input.txt');

  it('are pairs between tabs, with quotes as plain characters, whatever the file is called', async () => {
    const path = await file('.txt', 'Go.\t"Ve."\nHe said "hi\t\u2028d\u00edjo\r\n\n"a" b\t\n');
    const rows = [
      { en: 'Go.', es: '"Ve."' },
      { en: 'He said "hi', es: '\u2028d\u00edjo' },
      { en: '"a" b', es: '' },
    ];
    const options = { format: 'tsv', header: ['en', 'es'], quote: null } as const;
    expect((await Dataset.load(path, options)).toArray()).toEqual(rows);
    const numbered = await Dataset.load(path, { format: 'tsv', header: false, quote: null });
    expect(numbered.at(2)).toEqual({ 1: '"a" b', 2: '' });
    const short = await file('.tsv', 'a\tb\nc\n');
    await expect(Dataset.load(short, options)).rejects.toThrow(`${short}:2: a record must have 2 fields, got 1`);
  });

  it.skipIf(pairs === undefined)('are pairs of real sentences', async () => {
    const dataset = await Dataset.fromTsv<{ en: string; es: string }>(pairs!, { header: ['en', 'es'], quote: null });
    const lines = (await readFile(pairs!, 'utf8')).split('\n').slice(0, -1);
    expect(dataset.toArray().map(({ en, es }) => `${en}\t${es}`)).toEqual(lines);
  });

  it.skipIf(play === undefined)('are a play, whole or by speeches', async () => {
    const text = await readFile(play!, 'utf8');
    expect((await Dataset.fromText(play!, { sampleBy: 'document' })).column('text')).toEqual([text]);
    const speeches = (await Dataset.fromText(play!, { sampleBy: 'paragraph' })).column('text');
    expect(speeches).toEqual(text.trimEnd().split(/\n{2,}/));
    expect(speeches.length).toBeGreaterThan(7000);
  });
});
