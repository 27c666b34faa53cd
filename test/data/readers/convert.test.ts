import { tableToIPC, tableFromArrays } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { type DataFormat, Dataset } from '../../../lib/data/index.js';
import { type DataLoadOptions, readSources } from '../../../lib/data/readers/formats.js';
import type { DataRow } from '../../../lib/data/readers/source.js';
import { DataError } from '../../../lib/util/errors.js';
import { streamOf } from './files.js';

/** Refuses texts that begin with `bad`. */
function shout({ text }: DataRow): DataRow {
  if (String(text).startsWith('bad')) throw new DataError(`column text must be good, got ${String(text)}`);
  return { shouted: String(text).toUpperCase() };
}

async function read(text: string | Uint8Array, options: DataLoadOptions): Promise<DataRow[]> {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const rows: DataRow[] = [];
  for await (const chunk of readSources('test', [streamOf(bytes)], options, undefined, shout)) rows.push(...chunk.rows);
  return rows;
}

const TEXTS: [DataFormat, string, string][] = [
  ['csv', 'text,n\n"a\nb",1\nbad,2\nc,3\n', 'the stream:4: column text must be good, got bad'],
  ['jsonl', '{"text":"a\\nb"}\n\n\n{"text":"bad"}\n{"text":"c"}\n', 'the stream:4: column text must be good, got bad'],
  [
    'json',
    '[{"text":"a\\nb"},\n{"text":"bad"},{"text":"c"}]',
    'the stream:2: record 2: column text must be good, got bad',
  ],
  ['text', 'a\nbad\nc', 'the stream:2: column text must be good, got bad'],
];

describe('rows converted while they are read', () => {
  it.each(TEXTS)('of %s are refused at their line', async (format, text, told) => {
    await expect(read(text, { format })).rejects.toThrow(told);
    const errors: string[] = [];
    const rows = await read(text, { format, onError: ({ message }) => ({ place: errors.push(message) }) });
    expect(rows).toEqual([{ shouted: format === 'text' ? 'A' : 'A\nB' }, { place: 1 }, { shouted: 'C' }]);
    expect(errors).toEqual([told]);
  });

  it('of a format without lines are refused by their number', async () => {
    const bytes = tableToIPC(tableFromArrays({ text: ['a', 'b', 'bad'] }), 'stream');
    await expect(read(bytes, { format: 'arrow' })).rejects.toThrow('the stream: record 3: column text must be good');
  });
});

describe('a file without header line', () => {
  it('has columns by number where nobody names them', async () => {
    const stream = () => streamOf(new TextEncoder().encode('a,1\nb,2\n'));
    const rows = await Dataset.fromCsv(stream(), { header: false });
    expect(rows.toArray()).toEqual([
      { 1: 'a', 2: '1' },
      { 1: 'b', 2: '2' },
    ]);
    expect((await Dataset.fromCsv(stream(), { header: false, columns: ['2'] })).columnNames).toEqual(['2']);
    await expect(Dataset.fromCsv(stream(), { header: false, columns: ['3'] })).rejects.toThrow(
      'column 3 must be there',
    );
    await expect(Dataset.fromCsv(streamOf(new Uint8Array()), { header: false })).rejects.toThrow('must have a record');
  });
});

it('bytes of another encoding are refused at their line', async () => {
  const text = Uint8Array.of(...new TextEncoder().encode('{"text":"é"}\n{"text":"b"}\n{"text":"'), 0xe9, 0x22, 0x7d);
  await expect(read(text, { format: 'jsonl' })).rejects.toThrow('the stream:3: the text must be utf-8');
});
