import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gather } from '../../../lib/cli/task/gather.js';

const limits = { rows: 4, size: 100, sizeOf: (row: number) => row };

async function* pieces(lists: number[][], pauseAfter?: number, error?: Error): AsyncGenerator<number[]> {
  for (const [i, list] of lists.entries()) {
    yield list;
    if (i === pauseAfter) await sleep(100);
  }
  if (error !== undefined) throw error;
}

async function gathered(source: AsyncIterable<number[]>): Promise<number[][]> {
  const lists: number[][] = [];
  for await (const list of gather(source, limits)) lists.push(list);
  return lists;
}

describe('rows in pieces', () => {
  it('come in lists as long as they may be', async () => {
    expect(await gathered(pieces([[1], [], [2, 3, 4, 5, 6, 7, 8], [9], [10, 60]]))).toEqual([
      [1, 2, 3, 4],
      [5, 6, 7, 8],
      [9, 10, 60],
    ]);
    expect(
      await gathered(
        pieces([
          [99, 1, 2],
          [100, 3],
        ]),
      ),
    ).toEqual([[99, 1], [2, 100], [3]]);
    expect(await gathered(pieces([]))).toEqual([]);
  });

  it('do not wait for others that are long in coming', async () => {
    expect(await gathered(pieces([[1], [2], [3]], 1))).toEqual([[1, 2], [3]]);
  });

  it('come before the error that ends them', async () => {
    const seen: number[][] = [];
    const run = async () => {
      for await (const list of gather(pieces([[1], [2]], undefined, new Error('broken')), limits)) seen.push(list);
    };
    await expect(run()).rejects.toThrow('broken');
    expect(seen).toEqual([[1, 2]]);
  });
});
