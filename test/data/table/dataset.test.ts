import fc from 'fast-check';
import '../../seeded.js';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { Dataset } from '../../../lib/data/table/dataset.js';
import { AbortError, ConfigError, DataError } from '../../../lib/util/errors.js';

const numbered = (length: number): Dataset<{ id: number; label: string }> =>
  Dataset.fromArray(Array.from({ length }, (_, id) => ({ id, label: id % 3 === 0 ? 'a' : 'b' })));

describe('Dataset.fromArray', () => {
  it('keeps rows, order and columns, and does not see later changes of the array', () => {
    const rows = [
      { text: 'x', label: 1 },
      { text: 'y', label: 0 },
    ];
    const dataset = Dataset.fromArray(rows);
    rows.pop();
    expect(dataset.length).toBe(2);
    expect(dataset.columnNames).toEqual(['text', 'label']);
    expect([...dataset]).toEqual([
      { text: 'x', label: 1 },
      { text: 'y', label: 0 },
    ]);
    expect(dataset.column('text')).toEqual(['x', 'y']);
    expect(dataset.at(-1)).toEqual({ text: 'y', label: 0 });
  });

  it('refuses what is no array', () => {
    for (const rows of [null, undefined, 'abc', {}] as unknown as object[][]) {
      expect(() => Dataset.fromArray(rows)).toThrow(DataError);
      expect(() => Dataset.fromArray(rows)).toThrow(/^Dataset\.fromArray: rows must be an array, got /);
    }
  });

  it('may be empty', () => {
    const empty = Dataset.fromArray([]);
    expect([empty.length, empty.columnNames, [...empty]]).toEqual([0, [], []]);
  });

  it.each([null, 3, 'x', [1]])('refuses %j as a row and names its index', (row) => {
    expect(() => Dataset.fromArray([{}, row as object])).toThrow(DataError);
    expect(() => Dataset.fromArray([{}, row as object])).toThrow(/every row must be an object, got .* at row 1/);
  });
});

describe('Dataset views', () => {
  it('select gives rows in the order asked for, with repeats, also from a selection', () => {
    const picked = numbered(5).select([4, 0, 0]);
    expect(picked.column('id')).toEqual([4, 0, 0]);
    expect(picked.select([0, 2]).column('id')).toEqual([4, 0]);
  });

  it.each([5, -6, 0.5, Number.NaN])('at and select refuse index %s', (index) => {
    expect(() => numbered(5).at(index)).toThrow(
      `at: index must be an integer below the number of rows 5, got ${index}`,
    );
    expect(() => numbered(5).select([0, index])).toThrow(DataError);
  });

  it('slice is Array.slice', () => {
    const edge = fc.option(fc.integer({ min: -8, max: 8 }), { nil: undefined });
    fc.assert(
      fc.property(fc.nat(6), edge, edge, (length, start, end) => {
        const ids = Array.from({ length }, (_, i) => i);
        expect(numbered(length).slice(start, end).column('id')).toEqual(ids.slice(start, end));
      }),
    );
  });

  it('removeColumns and renameColumn change the columns and nothing else', () => {
    const renamed = numbered(2).renameColumn('label', 'class');
    expect(renamed.columnNames).toEqual(['id', 'class']);
    expect(renamed.at(1)).toEqual({ id: 1, class: 'b' });
    expectTypeOf(renamed.at(0).class).toEqualTypeOf<string>();
    const bare = renamed.removeColumns(['id']);
    expect([...bare]).toEqual([{ class: 'a' }, { class: 'b' }]);
  });

  it('name the nearest column when there is no such column, and refuse a taken name', () => {
    expect(() => numbered(1).column('labels' as 'label')).toThrow(
      'column: column must be one of id, label, got labels (did you mean "label"?)',
    );
    expect(() => numbered(1).removeColumns('x' as 'id')).toThrow(DataError);
    expect(() => numbered(1).renameColumn('x' as 'id', 'y')).toThrow(DataError);
    expect(() => numbered(1).renameColumn('id', 'label')).toThrow(
      'renameColumn: the new name must be free, got label beside id, label',
    );
  });

  it('concatenate joins rows and refuses other columns', () => {
    const joined = Dataset.concatenate([numbered(2), numbered(0), numbered(3).slice(1)]);
    expect(joined.column('id')).toEqual([0, 1, 1, 2]);
    expect(joined.at(3)).toEqual({ id: 2, label: 'b' });
    expect(Dataset.concatenate([]).length).toBe(0);
    expect(() => Dataset.concatenate<object>([numbered(1), Dataset.fromArray([{ id: 1 }])])).toThrow(
      'concatenate: datasets must have the same columns, got id, label and id',
    );
  });
});

describe('Dataset.map', () => {
  it('adds the returned columns to the old ones, replaces those of the same name and drops removed ones', async () => {
    const mapped = await numbered(2).map((row, index) => ({ id: `${row.id}!`, index }), { removeColumns: 'label' });
    expectTypeOf(mapped.at(0)).toEqualTypeOf<Readonly<{ id: string; index: number }>>();
    expect(mapped.columnNames).toEqual(['id', 'index']);
    expect([...mapped]).toEqual([
      { id: '0!', index: 0 },
      { id: '1!', index: 1 },
    ]);
  });

  it('awaits an async function, row after row', async () => {
    const mapped = await numbered(3).map(async (row) => ({ twice: await Promise.resolve(row.id * 2) }));
    expect(mapped.column('twice')).toEqual([0, 2, 4]);
  });

  it('gives columns of a batch to a batched function and its first index', async () => {
    const seen: number[][] = [];
    const mapped = await numbered(5).map(
      (batch, first) => {
        seen.push([first, ...batch.id]);
        return { square: Int32Array.from(batch.id, (id) => id * id) };
      },
      { batched: true, batchSize: 2 },
    );
    expect(seen).toEqual([
      [0, 0, 1],
      [2, 2, 3],
      [4, 4],
    ]);
    expect(mapped.column('square')).toEqual([0, 1, 4, 9, 16]);
    expect(mapped.column('label')).toEqual(numbered(5).column('label'));
  });

  it('may change the number of rows of a batch when no old column is kept', async () => {
    const mapped = await numbered(3).map((batch) => ({ part: [...batch.id, ...batch.id] }), {
      batched: true,
      removeColumns: ['id', 'label'],
    });
    expect(mapped.column('part')).toEqual([0, 1, 2, 0, 1, 2]);
  });

  it('refuses columns of unequal length, a bad batch size, a result that is no object, an unknown option', async () => {
    const batched = { batched: true } as const;
    await expect(numbered(3).map(() => ({ x: [1, 2] }), batched)).rejects.toThrow(
      'map: columns of a batch must have the same length 3, got 2 values of x for the batch from row 0',
    );
    await expect(numbered(3).map(() => ({ x: [] }), { ...batched, batchSize: 0 })).rejects.toThrow(ConfigError);
    await expect(numbered(3).map(() => 7 as never)).rejects.toThrow('got 7 for row 0');
    await expect(numbered(3).map(() => ({}), { batchsize: 1 } as object)).rejects.toThrow(/did you mean "batchSize"/);
    await expect(numbered(3).map(() => ({}), { removeColumns: 'x' as 'id' })).rejects.toThrow(DataError);
  });

  it('passes on what the function throws', async () => {
    const broken = (): object => {
      throw new RangeError('no');
    };
    await expect(numbered(1).map(broken)).rejects.toThrow(RangeError);
  });
});

describe('Dataset.filter', () => {
  it('keeps the rows a sync or async function accepts', async () => {
    expect((await numbered(5).filter((row) => row.id > 2)).column('id')).toEqual([3, 4]);
    expect((await numbered(5).filter(async (_, index) => index === 1)).column('id')).toEqual([1]);
  });
});

describe('Dataset.shuffle', () => {
  it('is a permutation, the same for the same seed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(200), fc.nat(), async (length, seed) => {
        const once = (await numbered(length).shuffle({ seed })).column('id');
        expect((await numbered(length).shuffle({ seed })).column('id')).toEqual(once);
        expect(once.toSorted((a, b) => a - b)).toEqual(numbered(length).column('id'));
      }),
    );
  });

  it('differs between seeds and has a seed of its own', async () => {
    const order = async (seed?: number): Promise<string> =>
      (await numbered(50).shuffle(seed === undefined ? {} : { seed })).column('id').join();
    expect(await order(1)).not.toBe(await order(2));
    expect(await order()).toBe(await order());
    await expect(order(-1)).rejects.toThrow(ConfigError);
  });
});

describe('long operations', () => {
  const big = numbered(300_000);
  const jobs: [string, (signal?: AbortSignal) => Promise<unknown>][] = [
    ['map', (signal) => big.map((row) => ({ next: row.id + 1 }), { signal })],
    ['batched map', (signal) => big.map((batch) => ({ next: batch.id }), { batched: true, signal })],
    ['filter', (signal) => big.filter((row) => row.id % 2 === 0, { signal })],
    ['shuffle', (signal) => big.shuffle({ signal })],
    ['sort', (signal) => big.sort(['label', 'id'], { signal, reverse: true })],
    ['classEncodeColumn', (signal) => big.classEncodeColumn('label', { signal })],
    ['kFold', (signal) => big.kFold(3, { stratifyByColumn: 'label', signal })],
    ['trainTestSplit', (signal) => big.trainTestSplit({ stratifyByColumn: 'label', signal })],
  ];

  it.each(jobs)('%s gives the event loop its turns', async (_, job) => {
    let turns = 0;
    let running = true;
    const tick = (): void => {
      turns += 1;
      if (running) setImmediate(tick);
    };
    setImmediate(tick);
    await job();
    running = false;
    expect(turns).toBeGreaterThan(2);
  });

  it.each(jobs)('%s stops when the signal fires before or while it runs', async (_, job) => {
    await expect(job(AbortSignal.abort())).rejects.toThrow(AbortError);
    const controller = new AbortController();
    setImmediate(() => controller.abort());
    await expect(job(controller.signal)).rejects.toThrow(AbortError);
  });
});
