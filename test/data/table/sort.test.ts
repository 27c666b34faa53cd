import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import '../../seeded.js';
import { Dataset } from '../../../lib/data/table/dataset.js';
import { AbortError, DataError } from '../../../lib/util/errors.js';

interface Row {
  id: number;
  key: unknown;
}

const of = (keys: readonly unknown[]): Dataset<Row> => Dataset.fromArray(keys.map((key, id) => ({ id, key })));

describe('Dataset.sort', () => {
  it('is the stable sort of arrays, forwards and backwards, over more than one run', async () => {
    const keys = fc.array(fc.nat(9), { maxLength: 900 });
    await fc.assert(
      fc.asyncProperty(keys, fc.boolean(), async (values, reverse) => {
        const rows = of(values).toArray();
        const sign = reverse ? -1 : 1;
        const wanted = rows.toSorted((a, b) => sign * (Number(a.key) - Number(b.key))).map(({ id }) => id);
        expect((await of(values).sort('key', { reverse })).column('id')).toEqual(wanted);
        expect((await of(values).sort((a, b) => sign * (Number(a.key) - Number(b.key)))).column('id')).toEqual(wanted);
      }),
      { numRuns: 40 },
    );
  });

  it('puts numbers by size, texts by code point and missing values last', async () => {
    const sorted = await of([null, 'b', 10, '\u{1f600}', 9, undefined, '\uffee', 'B', true]).sort('key');
    expect(sorted.column('key')).toEqual([9, 10, 'B', 'b', '\uffee', '\u{1f600}', true, null, undefined]);
  });

  it('takes several columns, the first before the others', async () => {
    const rows = Dataset.fromArray([
      { a: 2, b: 'x' },
      { a: 1, b: 'y' },
      { a: 2, b: 'w' },
    ]);
    expect((await rows.sort(['a', 'b'])).column('b')).toEqual(['y', 'w', 'x']);
    await expect(rows.sort('c' as 'a')).rejects.toThrow(DataError);
    await expect(rows.sort('a', { signal: AbortSignal.abort() })).rejects.toThrow(AbortError);
  });
});

describe('Dataset columns and parts', () => {
  const rows = of(['x', 'y', 'x', 'z']);

  it('unique gives values once, in order of appearance', async () => {
    expect(await rows.unique('key')).toEqual(['x', 'y', 'z']);
    await expect(rows.unique('keys' as 'key')).rejects.toThrow('did you mean "key"');
  });

  it('addColumn, selectColumns, take and skip', () => {
    const wide = rows.addColumn('length', Int32Array.of(4, 3, 2, 1));
    expect(wide.at(1)).toEqual({ id: 1, key: 'y', length: 3 });
    expect(wide.selectColumns(['length', 'id']).at(0)).toEqual({ length: 4, id: 0 });
    expect(() => wide.addColumn('id', [1, 2, 3, 4])).toThrow('the name must be free, got id');
    expect(() => wide.addColumn('x', [1])).toThrow('a value for each of 4 rows, got 1');
    expect(rows.take(2).column('id')).toEqual([0, 1]);
    expect(rows.skip(3).column('id')).toEqual([3]);
    expect([rows.take(9).length, rows.take(0).length, rows.skip(9).length]).toEqual([4, 0, 0]);
  });
});
