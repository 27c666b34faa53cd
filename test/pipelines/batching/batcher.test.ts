import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  AbortError,
  CudaError,
  DataError,
  DisposedError,
  OutOfMemoryError,
  QueueFullError,
} from '../../../lib/util/errors.js';
import { FakeDevice, rowsOf, turns } from './fake_device.js';

describe('Batcher', () => {
  it('merges callers of one turn into one batch, and gives each its own results', async () => {
    const device = new FakeDevice();
    const calls = ['a', 'b', 'c'].map((name) => device.call(rowsOf(name, 2)));
    await turns();
    expect(device.batches).toEqual([['a0', 'b0', 'c0', 'a1', 'b1', 'c1']]);
    await device.endBatch();
    expect(await Promise.all(calls[1]!.results)).toEqual(['<b0>', '<b1>']);
    expect(device.batcher.stats).toMatchObject({ queued: 0, running: 0, completed: 6, batches: 1, tokens: 6 });
  });

  it('gathers the next batch while one is computed, and starts one at a time', async () => {
    const device = new FakeDevice();
    device.call(rowsOf('a', 25));
    await turns();
    expect(device.batches.map(({ length }) => length)).toEqual([10]);
    expect(device.batcher.stats).toMatchObject({ queued: 15, running: 10 });
    await device.endBatch();
    await device.endBatch();
    expect(device.batches.map(({ length }) => length)).toEqual([10, 10, 5]);
  });

  it('starts a full batch ahead of the end of the one before where the device is to have two, never a part of one', async () => {
    const device = new FakeDevice({ ahead: 1 });
    device.call(rowsOf('a', 25));
    await turns();
    expect(device.batches.map(({ length }) => length)).toEqual([10, 10]);
    await device.endBatch();
    expect(device.batches).toHaveLength(2);
    await device.endBatch();
    expect(device.batches.map(({ length }) => length)).toEqual([10, 10, 5]);
  });

  it('lets a late caller with one row wait for no more than the batch under way', async () => {
    const device = new FakeDevice();
    device.call(rowsOf('bulk', 900));
    await turns();
    const late = ['x', 'y'].map((name) => device.call(rowsOf(name, 1)));
    await device.endBatch();
    expect(device.batches).toHaveLength(2);
    expect(device.batches[1]).toEqual(expect.arrayContaining(['x0', 'y0']));
    // The rest of the batch is the bulk caller's, in its order.
    expect(device.batches[1]!.filter((name) => name.startsWith('bulk'))).toEqual(
      Array.from({ length: 8 }, (_, i) => `bulk${i + 10}`),
    );
    await device.endBatch();
    expect(await late[1]!.results[0]).toBe('<y0>');
  });

  it('puts a row that did not fit at the front of the next batch, and one over the budget alone', async () => {
    const device = new FakeDevice();
    device.call(rowsOf('small', 1, 6));
    device.call(rowsOf('long', 1, 7));
    device.call(rowsOf('tiny', 1, 4));
    device.call(rowsOf('huge', 1, 50));
    device.call(rowsOf('last', 1, 3));
    device.isFree = true;
    await turns(9);
    expect(device.batches).toEqual([['small0', 'tiny0'], ['long0', 'last0'], ['huge0']]);
  });

  it('waits for company at most maxWaitMs, and not at all once a batch is full', async () => {
    const device = new FakeDevice({ maxWaitMs: 40 });
    device.isFree = true;
    const begin = performance.now();
    const first = device.call(rowsOf('a', 1));
    await turns();
    const second = device.call(rowsOf('b', 1));
    await Promise.all([...first.results, ...second.results]);
    expect(performance.now() - begin).toBeGreaterThanOrEqual(35);
    expect(device.batches).toEqual([['a0', 'b0']]);
    const full = device.call(rowsOf('c', 10));
    await turns();
    expect(device.batches).toHaveLength(2);
    await Promise.all(full.results);
  });

  it('takes an aborted caller out of the queue, and drops what it has in a batch, without touching others', async () => {
    const device = new FakeDevice();
    const controller = new AbortController();
    const aborted = device.call(rowsOf('a', 20), controller.signal);
    const other = device.call(rowsOf('b', 3));
    await turns();
    controller.abort(new Error('gone'));
    for (const result of aborted.results) await expect(result).rejects.toThrow(AbortError);
    expect(device.batcher.stats).toMatchObject({ queued: 0, running: 3, callers: 1, cancelled: 20 });
    await device.endBatch();
    expect(await Promise.all(other.results)).toEqual(['<b0>', '<b1>', '<b2>']);
    expect(device.batches).toHaveLength(1);
    expect(() => device.batcher.open(controller.signal, false)).toThrow('test: aborted by the caller, got gone');
  });

  it('lets many callers share a signal with one listener, and forgets those that have ended', async () => {
    const device = new FakeDevice();
    device.isFree = true;
    const { signal } = new AbortController();
    const calls = Array.from({ length: 30 }, (_, i) => device.call(rowsOf(`c${i}-`, 1), signal));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    for (const { caller, results } of calls) {
      await Promise.all(results);
      device.batcher.close(caller);
    }
    expect(device.batcher.stats).toMatchObject({ callers: 0, completed: 30, cancelled: 0 });
  });

  it('refuses calls past maxQueue, and takes them again when there is room', async () => {
    const device = new FakeDevice({ maxQueue: 3 });
    const calls = ['a', 'b', 'c'].map((name) => device.call(rowsOf(name, 1)));
    expect(() => device.call(rowsOf('d', 1))).toThrow(QueueFullError);
    expect(() => device.call(rowsOf('d', 1))).toThrow('test: at most 3 texts may wait, got 3');
    await turns();
    expect(device.batcher.stats).toMatchObject({ queued: 0, running: 3, rejected: 2 });
    calls.push(device.call(rowsOf('e', 1)));
    await device.endBatch();
    await device.endBatch();
    expect(await calls[3]!.results[0]).toBe('<e0>');
  });

  it('leaves half of the queue to others than a caller with many rows, who may have one in any case', async () => {
    const device = new FakeDevice({ maxQueue: 8 });
    const bulk = device.batcher.open(undefined, true);
    let accepted = 0;
    for (; accepted < 100 && device.batcher.hasRoom(bulk); accepted++)
      device.batcher.submit(device.batcher.accept(bulk), rowsOf(`bulk${accepted}-`, 1));
    expect(accepted).toBe(4);
    for (let i = 0; i < 4; i++) device.call(rowsOf(`single${i}-`, 1));
    expect(() => device.batcher.open(undefined, true)).toThrow(QueueFullError);
    let woken = 0;
    bulk.wake = () => (woken += 1);
    await turns();
    expect(woken).toBe(1);
    expect(device.batcher.hasRoom(bulk)).toBe(true);
    for (let i = 0; i < 6; i++) device.call(rowsOf(`late${i}-`, 1));
    expect(device.batcher.hasRoom(bulk)).toBe(true);
    device.batcher.accept(bulk);
    expect(device.batcher.hasRoom(bulk)).toBe(false);
  });

  it('finds the one row that a batch fails by, and computes the others', async () => {
    const device = new FakeDevice();
    device.isFree = true;
    device.poison.set('b0', new DataError('test: a bad row'));
    const calls = ['a', 'b', 'c', 'd'].map((name) => device.call(rowsOf(name, 2)));
    const settled = await Promise.allSettled(calls.flatMap(({ results }) => results));
    expect(settled.map(({ status }) => status)).toEqual([
      ...['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
      ...['fulfilled', 'fulfilled', 'fulfilled', 'fulfilled'],
    ]);
    expect(device.batcher.stats).toMatchObject({ completed: 7, failed: 1, batches: 1, halved: 3 });
  });

  it('halves a batch that does not fit into memory, and does not repeat one that the device failed by', async () => {
    let largest = 0;
    const device = new FakeDevice({
      compute: async (rows) => {
        if (rows.some(({ name }) => name.startsWith('lost'))) throw new CudaError('lost');
        if (rows.length > 3) throw new OutOfMemoryError('too large');
        largest = Math.max(largest, rows.length);
        return rows.map(({ name }) => name);
      },
    });
    expect(await Promise.all(device.call(rowsOf('a', 10)).results)).toHaveLength(10);
    expect(largest).toBe(3);
    const lost = await Promise.allSettled(device.call(rowsOf('lost', 4)).results);
    expect(lost.every((each) => each.status === 'rejected' && each.reason instanceof CudaError)).toBe(true);
    expect(device.batcher.stats.batches).toBe(2);
  });

  it('puts the rows of one task together, whichever batches they went through', async () => {
    const device = new FakeDevice();
    device.isFree = true;
    const caller = device.batcher.open(undefined, false);
    const [many, none] = [device.batcher.accept(caller), device.batcher.accept(caller)];
    device.batcher.submit(many, rowsOf('w', 25));
    device.batcher.submit(none, []);
    expect(await none.done).toEqual([]);
    expect(await many.done).toEqual(rowsOf('w', 25).map(({ name }) => `<${name}>`));
    expect(device.batches).toHaveLength(3);
  });

  it('ends every call with a DisposedError, and refuses later ones', async () => {
    const device = new FakeDevice();
    const { results } = device.call(rowsOf('a', 20));
    await turns();
    device.batcher.dispose();
    for (const result of results) await expect(result).rejects.toThrow(DisposedError);
    expect(() => device.batcher.open(undefined, false)).toThrow(DisposedError);
    await device.endBatch();
    expect(device.batches).toHaveLength(1);
    expect(device.batcher.stats).toMatchObject({ queued: 0, running: 0, callers: 0 });
  });
});
