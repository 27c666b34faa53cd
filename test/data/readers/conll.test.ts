import { describe, expect, it } from 'vitest';
import { type ConllOptions, Dataset, IterableDataset, type TaggedSentence } from '../../../lib/data/index.js';
import { ConfigError, DataError } from '../../../lib/util/errors.js';
import { sharedPath } from '../../shared.js';
import { streamOf, testFiles } from './files.js';

const file = testFiles();

/** The sentences of a text, however it is cut; bad ones as their errors' texts. */
async function read(text: string, options: ConllOptions = {}): Promise<unknown[]> {
  const onError = ({ message }: Error): object => ({ error: message.replace('the stream:', '') });
  const rows = (await Dataset.fromConll(streamOf(text), { ...options, onError })).toArray();
  for (const piece of [1, 2, 3])
    expect((await Dataset.fromConll(streamOf(text, piece), { ...options, onError })).toArray()).toEqual(rows);
  return rows.map((row) => ('error' in row ? row.error : Object.values(row).map((list) => (list as []).join(' '))));
}

describe('Dataset.fromConll', () => {
  it('reads the words and last columns of sentences, without the lines that begin documents', async () => {
    const text =
      '-DOCSTART- -X- -X- O\n\nEU NNP B-NP B-ORG\nrejects VBZ B-VP O\r\n\n\n-DOCSTART- -X- O O\nPeter\tNNP  B-NP I-PER\n' +
      '-DOCSTART- -X- O O\n😀 X X O ';
    expect(await read(text)).toEqual([
      ['EU rejects', 'B-ORG O'],
      ['Peter', 'I-PER'],
      ['😀', 'O'],
    ]);
    expect(await read(text, { tagColumn: 2 })).toEqual([
      ['EU rejects', 'NNP VBZ'],
      ['Peter', 'NNP'],
      ['😀', 'X'],
    ]);
    expect(await read(text, { tokenColumn: 3, tagColumn: 1, columns: ['tokens'] })).toEqual([
      ['B-NP B-VP'],
      ['B-NP'],
      ['X'],
    ]);
    expect(await read('-DOCSTART- O\n\n')).toEqual([]);
  });

  it('takes words of any kind between tabs, separators of white space, and comments where they are asked for', async () => {
    expect(await read('#\tO\nNew York\tB-LOC\n\t\n#x\tO\n', { delimiter: '\t' })).toEqual([
      ['# New York', 'O B-LOC'],
      ['#x', 'O'],
    ]);
    const commented = '# id = 1\na O\n# in it\nb O\n\n# alone\n\n# id = 2\nc O\n';
    expect(await read(commented, { comment: '# ' })).toEqual([
      ['a b', 'O O'],
      ['c', 'O'],
    ]);
    expect(await read('a\nb\n\nc\n', { columns: ['tokens'] })).toEqual([['a b'], ['c']]);
  });

  it('refuses lines that lack columns by their number, and reads on behind their sentence', async () => {
    const text = 'a X O\nb X O\n\nc X O\nd O\ne\n\nf X O\ng X O O\n\nh X O\n';
    expect(await read(text)).toEqual([
      ['a b', 'O O'],
      '5: a line must have 3 columns, got 2',
      '9: a line must have 3 columns, got 4',
      ['h', 'O'],
    ]);
    const path = await file('.conll', text);
    const error = await Dataset.load(path).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(DataError);
    expect(error).toMatchObject({ message: `${path}:5: a line must have 3 columns, got 2`, fields: { path, line: 5 } });
    expect(await read('a\n\nb O\n')).toEqual(['1: a line must have at least 2 columns, got 1', ['b', 'O']]);
    expect(await read('a O\n', { tagColumn: 4 })).toEqual(['1: a line must have at least 4 columns, got 2']);
    expect(await read('# c\na O\n\tO\n', { comment: '#', delimiter: '\t' })).toEqual([
      '2: a line must have at least 2 columns, got 1',
    ]);
    expect(await read('a\tO\n\tO\n\nb\t\n', { delimiter: '\t' })).toEqual([
      '2: a word must not be empty, got ""',
      '4: a tag must not be empty, got ""',
    ]);
    const convert = async (): Promise<void> => {
      for await (const _ of IterableDataset.load(path, { columns: ['tag'] })) throw new Error('no row was due');
    };
    await expect(convert()).rejects.toThrow(
      `${path}:1: column tag must be there, got tokens, tags (did you mean "tags"?)`,
    );
  });

  it('tells of sentences without end and of other bytes', async () => {
    const rows: unknown[] = [];
    async function* endless(): AsyncGenerator<Uint8Array> {
      const piece = Buffer.from(`${'word O\n'.repeat(10_000)}`);
      for (let i = 0; i < 5; i++) yield piece;
      yield Buffer.from('\nb O\n\nc \xff\n', 'latin1');
    }
    const onError = ({ message }: Error): object => ({ place: rows.push(message) });
    const read = await Dataset.fromConll(endless(), { onError });
    expect(rows).toEqual([
      'the stream:43691: a sentence must be under 262144 characters, got more',
      'the stream:50004: the text must be utf-8 (option encoding), got other bytes',
    ]);
    expect(read.at(1)).toEqual({ tokens: ['b'], tags: ['O'] });
  });

  it.each([
    [{ delimiter: '' }, 'delimiter must not be empty'],
    [{ comment: '' }, 'comment must not be empty'],
    [{ tokenColumn: 0 }, 'tokenColumn must be an integer from 1, got 0'],
    [{ tagColumn: '2' as never }, 'tagColumn must be an integer from 1, got "2"'],
    [{ tagColum: 2 } as object, 'did you mean "tagColumn"'],
  ])('refuses %j', async (options, told) => {
    const reading = Dataset.fromConll(streamOf('a O\n'), options);
    await expect(reading).rejects.toThrow(ConfigError);
    await expect(Dataset.fromConll(streamOf('a O\n'), options)).rejects.toThrow(told);
  });

  it.skipIf(sharedPath('data/wnut17') === undefined)('reads WNUT-17', async () => {
    const folder = sharedPath('data/wnut17')!;
    const { lengths } = await Dataset.load({ train: `${folder}/train.conll`, dev: `${folder}/dev.conll` });
    expect(lengths).toEqual({ train: 3394, dev: 1009 });
    const test = await Dataset.load<TaggedSentence>(`${folder}/test.conll`);
    expect(test.length).toBe(1287);
    expect(
      test
        .column('tags')
        .flat()
        .filter((tag) => tag.startsWith('B-')).length,
    ).toBe(1079);
  });
});
