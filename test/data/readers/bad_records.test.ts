import { describe, expect, it } from 'vitest';
import { type DataFormat, Dataset } from '../../../lib/data/index.js';
import type { DataLoadOptions } from '../../../lib/data/readers/formats.js';
import { IterableDataset } from '../../../lib/data/table/iterable_dataset.js';
import { streamOf } from './files.js';

type Row = Record<string, unknown>;

/** Bytes of a text in which `#` stands for a byte that is no UTF-8. */
function bytesOf(text: string): Uint8Array {
  return Buffer.concat(
    text.split('#').flatMap((part, i) => [...(i === 0 ? [] : [Buffer.of(0xff)]), Buffer.from(part)]),
  );
}

/** The rows of a text, however it is cut; bad ones as `{ error }`. */
async function rowsOf(text: string | Uint8Array, options: DataLoadOptions): Promise<Row[]> {
  const bytes = typeof text === 'string' ? bytesOf(text) : text;
  const read = async (piece: number): Promise<Row[]> => {
    const onError = ({ message }: Error) => ({ error: message.replace(/^the stream:/, '') });
    return (await Dataset.load(streamOf(bytes, piece), { ...options, onError })).toArray() as Row[];
  };
  const rows = await read(1 << 16);
  if (bytes.length > 5000) return rows;
  for (const piece of [1, 2, 3]) expect(await read(piece)).toEqual(rows);
  return rows;
}

const ENCODING = 'the text must be utf-8 (option encoding), got other bytes';

describe('records of another encoding', () => {
  it.each<[DataFormat, string, Row[]]>([
    [
      'jsonl',
      '{"t":"a"}\n{"t":"#"}\r\n\n{"t":"\ufffd é"}\n#\n',
      [{ t: 'a' }, { error: 2 }, { t: '\ufffd é' }, { error: 5 }],
    ],
    [
      'csv',
      't,n\na,1\n"b\n#\nc",2\n\ufffd,3\n#,4',
      [{ t: 'a', n: '1' }, { error: 3 }, { t: '\ufffd', n: '3' }, { error: 7 }],
    ],
    ['text', 'a\nb #\n# #\n\ufffd', [{ text: 'a' }, { error: 2 }, { error: 3 }, { text: '\ufffd' }]],
  ])('of %s take the place of their rows', async (format, text, expected) => {
    const told = expected.map((row) => ('error' in row ? { error: `${row['error'] as number}: ${ENCODING}` } : row));
    expect(await rowsOf(text, { format })).toEqual(told);
    const first = told.find((row) => 'error' in row) as { error: string };
    await expect(Dataset.load(streamOf(bytesOf(text)), { format })).rejects.toThrow(`the stream:${first.error}`);
  });

  it('of JSON are told by their number, in one line too', async () => {
    const found = await rowsOf('[{"t":"#"},{"t":"\ufffd"},\n{"t":"a#"}]', { format: 'json' });
    expect(found).toEqual([
      { error: `1: record 1: ${ENCODING}` },
      { t: '\ufffd' },
      { error: `2: record 3: ${ENCODING}` },
    ]);
    await expect(rowsOf('[#{}]', { format: 'json' })).rejects.toThrow(`the stream:1: ${ENCODING}`);
  });

  it('of paragraphs and documents too', async () => {
    const paragraphs = await rowsOf('a\nb\n\nc\n#\nd\n\ne\n', { format: 'text', sampleBy: 'paragraph' });
    expect(paragraphs).toEqual([{ text: 'a\nb' }, { error: `5: ${ENCODING}` }, { text: 'e' }]);
    expect(await rowsOf('a\nb#\n', { format: 'text', sampleBy: 'document' })).toEqual([{ error: `2: ${ENCODING}` }]);
  });

  it('are told apart in UTF-16, where replacement characters are theirs', async () => {
    const text = Buffer.from('{"t":"\ufffd"}\n{"t":"x"}\n{"t":"y"}', 'utf16le');
    text.writeUInt16LE(0xd800, text.indexOf(Buffer.from('x', 'utf16le')));
    const told = ENCODING.replace('utf-8', 'utf-16le');
    expect(await rowsOf(text, { format: 'jsonl', encoding: 'utf-16le' })).toEqual([
      { t: '\ufffd' },
      { error: `2: ${told}` },
      { t: 'y' },
    ]);
  });
});

describe('records that are too long', () => {
  const long = 'x'.repeat((1 << 24) + 50_000);

  it.each<[DataFormat, string, string]>([
    ['jsonl', `{"t":1}\n{"t":"${long}"}\n{"t":2}\n`, '2: a line must be under 16777216 characters, got more'],
    [
      'json',
      `[{"t":1},{"t":"${long}"},\n{"t":2}]`,
      '1: record 2: a record must be under 16777216 characters, got more',
    ],
    ['csv', `t\n1\n${long}\n2\n`, '3: a record must be under 16777216 bytes, got more: is a quote left open?'],
  ])('of %s take the place of their rows', async (format, text, error) => {
    expect((await rowsOf(text, { format })).map((row) => ({ ...row, t: row['t'] && Number(row['t']) }))).toEqual([
      { t: 1 },
      { error, t: undefined },
      { t: 2 },
    ]);
  });

  it('are passed over without being kept', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      const piece = Buffer.alloc(1 << 20, 'x');
      for (let i = 0; i < 100; i++) yield piece;
      yield Buffer.from('\n2\n');
    }
    const rows: Row[] = [];
    const options = { onError: ({ message }: Error) => ({ message }), header: ['t'] };
    const before = process.memoryUsage();
    let most = 0;
    const timer = setInterval(() => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      most = Math.max(most, heapUsed + arrayBuffers - before.heapUsed - before.arrayBuffers);
    }, 5);
    for await (const row of IterableDataset.load(endless(), { format: 'csv', ...options })) rows.push(row as Row);
    clearInterval(timer);
    expect(rows).toEqual([
      { message: expect.stringContaining('the stream:1: a record must be under') as string },
      { t: '2' },
    ]);
    expect(most).toBeLessThan(80e6);
  });
});

describe('stray quotes in CSV', () => {
  const opening = 'a field with quotes in it must be quoted itself (option quote), got a quote inside a plain field';
  const closing = 'a closing quote must end its field, got more text after it';
  const later = ' in a later line: is a quote left open?';
  const open = 'a quoted field must be closed, got the end of the file';

  it.each<[string, Row[]]>([
    ['1,x"y\n2,b\n', [{ error: `2: ${opening}` }, { t: '2', n: 'b' }]],
    ['1,"x"y\n2,b\n', [{ error: `2: ${closing}` }, { t: '2', n: 'b' }]],
    ['1,"x\n2,b\n', [{ error: `2: ${open}` }, { t: '2', n: 'b' }]],
    [
      '1,"x\r\n2,b\r\n3,"c\r\nd"\r\n',
      [{ error: `2: ${closing}${later}` }, { t: '2', n: 'b' }, { t: '3', n: 'c\r\nd' }],
    ],
    [
      '1,"x\n\n2,b\n\n"3"z,\n4,d',
      [{ error: `2: ${closing}${later}` }, { t: '2', n: 'b' }, { error: `6: ${closing}` }, { t: '4', n: 'd' }],
    ],
    [
      '\n\n1,"x"y\n"\n2,b\r\r3,c',
      [{ error: `4: ${closing}` }, { error: `5: ${open}` }, { t: '2', n: 'b' }, { t: '3', n: 'c' }],
    ],
    ['1,"x"y', [{ error: `2: ${closing}` }]],
    ['1,x"y\n2,#', [{ error: `2: ${opening}` }, { error: `3: ${ENCODING}` }]],
    ['1,"x#"y\n2,b', [{ error: `2: ${ENCODING}` }, { t: '2', n: 'b' }]],
    ['1,"a\nb",c\n2,b\n', [{ error: '2: a record must have 2 fields, got 3' }, { t: '2', n: 'b' }]],
  ])('take the place of their lines in %j', async (text, expected) => {
    expect(await rowsOf(`t,n\n${text}`, { format: 'csv' })).toEqual(expected);
  });

  it('stop the reading at the line where the record begins, behind the rows before it', async () => {
    const rows: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const row of IterableDataset.load(streamOf('t,n\n1,a\n2,"x\n3,"y\n'), { format: 'csv' }))
        rows.push(row);
    };
    await expect(read()).rejects.toThrow(`the stream:3: ${closing}${later}`);
    expect(rows).toEqual([{ t: '1', n: 'a' }]);
  });

  it('leave the columns of a file without header to its first good record', async () => {
    expect(await rowsOf('1,"x"y\n2,b\n', { format: 'csv', header: false })).toEqual([
      { error: `1: ${closing}` },
      { 1: '2', 2: 'b' },
    ]);
  });

  it('cost time in proportion to the text, whatever the quotes', async () => {
    const lines = Array.from({ length: 6000 }, (_, i) => (i % 2 === 0 ? `a${i},"b` : `"c${i}" d,"e"f,""`));
    const start = performance.now();
    const rows = await rowsOf(`t,n\n${lines.join('\n')}\n`, { format: 'csv' });
    expect(rows.length).toBe(6000);
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
