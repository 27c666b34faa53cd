import { copyFile, readFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromArrays, tableFromIPC } from 'apache-arrow';
import { describe, expect, it } from 'vitest';
import { Dataset } from '../../../lib/data/table/dataset.js';
import { IterableDataset } from '../../../lib/data/table/iterable_dataset.js';
import { AbortError, ConfigError, DataError } from '../../../lib/util/errors.js';
import { GOLDENS, readGoldens, streamOf, testFiles } from './files.js';

const file = testFiles();
const { rows } = await readGoldens();
const all = readdirSync(GOLDENS).filter((name) => !name.endsWith('.json') && !name.startsWith('long_'));

/** The golden rows with some columns only. */
const pick = (columns: readonly string[]): object[] =>
  rows.map((row) => Object.fromEntries(columns.map((name) => [name, row[name]])));

describe('Parquet and Arrow files', () => {
  it.each(all)('%s holds what Python wrote', async (name) => {
    const dataset = await Dataset.load(join(GOLDENS, name));
    expect(dataset.length).toBe(64);
    expect(dataset.toArray()).toEqual(pick(dataset.columnNames));
  });

  it.each(['snappy.parquet', 'file.arrow'])(
    '%s gives the asked columns, and several files after another',
    async (name) => {
      const path = join(GOLDENS, name);
      const two = await Dataset.load([path, path], { columns: ['label', 'text'] });
      expect(two.columnNames).toEqual(['label', 'text']);
      expect(two.toArray()).toEqual([...pick(['label', 'text']), ...pick(['label', 'text'])]);
      await expect(Dataset.load(path, { columns: ['lable'] })).rejects.toThrow('did you mean "label"');
    },
  );

  it.each(['snappy.parquet', 'file.arrow'])('%s stops when the signal fires', async (name) => {
    const path = join(GOLDENS, name);
    await expect(Dataset.load(path, { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
  });

  it.each(['parquet', 'arrow'])('a missing or empty %s file is a typed error', async (format) => {
    const load = (path: string): Promise<unknown> => Dataset.load(path, { format: format as 'arrow' });
    await expect(load(await file('.none'))).rejects.toThrow(/the file must be readable, got ENOENT/);
    await expect(load(await file('.empty', ''))).rejects.toThrow(DataError);
    await expect(load(await file('.other', 'no such thing, but long enough to be looked at'))).rejects.toThrow(
      DataError,
    );
  });

  it.each(['lz4', 'zstd'])('long texts packed by %s are whole', async (codec) => {
    const text = (i: number) => `${i} the quick brown fox ${i * 7} jumps over the lazy dog. `.repeat(700);
    const expected = Array.from({ length: 6 }, (_, i) => ({ id: i, text: text(i) }));
    expect((await Dataset.fromArrow(join(GOLDENS, `long_${codec}.arrows`))).toArray()).toEqual(expected);
  });

  it('a stream of Parquet is refused', async () => {
    const bytes = await readFile(join(GOLDENS, 'snappy.parquet'));
    await expect(Dataset.load(streamOf(bytes), { format: 'parquet' })).rejects.toThrow('must be a path');
  });

  it('a dataset stops reading Parquet where its reader stops', async () => {
    const seen: unknown[] = [];
    for await (const row of IterableDataset.load(join(GOLDENS, 'zstd.parquet')).take(3)) seen.push(row);
    expect(seen).toEqual(rows.slice(0, 3));
  });
});

describe('Dataset.fromArrow', () => {
  it('reads tables in memory and streams', async () => {
    const table = tableFromArrays({ id: Int32Array.of(1, 2), name: ['a', 'b'] });
    expect((await Dataset.fromArrow(table)).toArray()).toEqual([
      { id: 1, name: 'a' },
      { id: 2, name: 'b' },
    ]);
    expect((await Dataset.fromArrow(table, { columns: ['name'] })).columnNames).toEqual(['name']);
    const bytes = await readFile(join(GOLDENS, 'stream.arrows'));
    expect((await Dataset.fromArrow(streamOf(bytes, 7))).toArray()).toEqual(rows);
    expect((await Dataset.fromArrow(tableFromIPC(bytes))).toArray()).toEqual(rows);
    const asStream = streamOf(await readFile(join(GOLDENS, 'file.arrow')), 13);
    expect((await Dataset.fromArrow(asStream)).toArray()).toEqual(rows);
  });

  it('reads files by their footers, whatever lies between their blocks', async () => {
    // Some writers put the schema without its frame in front: nothing that can be read in order.
    const bytes = await readFile(join(GOLDENS, 'file.arrow'));
    bytes.fill(255, 8, 40);
    expect((await Dataset.fromArrow(await file('.arrow', bytes))).toArray()).toEqual(rows);
    const cut = await file('.arrow', bytes.subarray(0, -1));
    await expect(Dataset.fromArrow(cut)).rejects.toThrow('a file that does not end in ARROW1');
  });
});

describe('Dataset.toParquet', () => {
  const written = Dataset.fromArray([
    { text: 'é, "x"\n', count: 1, share: 1, flag: true, list: [1, 2], when: new Date(5000), none: null },
    { text: null, count: -7, share: 0.5, flag: false, list: [], when: null, none: null },
  ]);

  it('writes what fromParquet reads back, in more groups than one', async () => {
    const path = await file('.parquet');
    await written.toParquet(path);
    expect((await Dataset.fromParquet(path)).toArray()).toEqual(written.toArray());
    const many = Dataset.fromArray(Array.from({ length: 9000 }, (_, id) => ({ id, text: `row ${id}` })));
    await many.toParquet(path);
    expect((await Dataset.fromParquet(path)).toArray()).toEqual(many.toArray());
    await many.take(0).toParquet(path);
    expect((await Dataset.fromParquet(path)).columnNames).toEqual(['id', 'text']);
  });

  it('refuses columns of mixed types and what has none, and leaves the file that was there', async () => {
    const path = await file('.parquet');
    await copyFile(join(GOLDENS, 'snappy.parquet'), path);
    const mixed = Dataset.fromArray<{ x: unknown }>([{ x: 1 }, { x: 'a' }]);
    await expect(mixed.toParquet(path)).rejects.toThrow('one type (INT32), got "a" in column x of row 1');
    await expect(Dataset.fromArray([{ x: () => 1 }]).toParquet(path)).rejects.toThrow(DataError);
    await expect(written.toParquet(path, { codec: 'x' } as object)).rejects.toThrow(ConfigError);
    expect((await Dataset.fromParquet(path)).length).toBe(64);
  });
});
