import { describe, expect, it } from 'vitest';
import { add, cast, concat, div, embedding, memory, mul, slice, sync, tensor, zeros } from '../../lib/index.js';

const device = 'cpu';

/** A tensor whose op fails on the device: the host does not know the id. */
function poisoned() {
  return embedding(zeros([3, 2], { device }), cast(tensor([7], { device }), 'i64'));
}

describe('an op that fails on the device', () => {
  it('rejects the read with its name and shapes', async () => {
    await expect(poisoned().data()).rejects.toMatchObject({
      name: 'DataError',
      code: 'DATA',
      message: expect.stringMatching(
        /^embedding: ids must lie in \[0, 3\), got 7 at position 0 \[embedding_forward: f32 \(3, 2\), i64 \(1\) -> f32 \(1, 2\)\]/,
      ) as string,
    });
  });

  it('poisons what depends on it and nothing else', async () => {
    const bad = poisoned();
    const worse = mul(add(bad, 1), 2);
    const good = add(tensor([1], { device }), 1);
    await expect(worse.data()).rejects.toThrow(/embedding/);
    expect(await good.toArray()).toEqual([2]);
  });

  it('poisons a tensor that is joined from parts, whichever part fails', async () => {
    const good = zeros([1, 2], { device });
    await expect(concat([good, poisoned()], 0).data()).rejects.toThrow(/embedding/);
    await expect(concat([poisoned(), good], 0).data()).rejects.toThrow(/embedding/);
  });

  it('rejects one sync, and the next is clean', async () => {
    await sync(device).catch(() => {});
    poisoned();
    await expect(sync(device)).rejects.toThrow(/embedding/);
    await expect(sync(device)).resolves.toBeUndefined();
  });

  it('frees its memory like any other', async () => {
    await sync(device).catch(() => {});
    const before = memory(device).liveBytes;
    const bad = poisoned();
    await bad.data().catch(() => {});
    await sync(device).catch(() => {});
    bad.dispose();
    expect(memory(device).liveBytes - before).toBeLessThan(4096);
  });

  it('leaves a tensor that is only updated as it was', async () => {
    const { callAll } = await import('../../lib/tensor/tensor.js');
    const target = tensor([[1, 2]], { device });
    const bad = poisoned();
    callAll((ops) => ops.assign(target.handle, bad.handle));
    expect(await target.toArray()).toEqual([[1, 2]]);
  });

  it('may be a division of integers by zero', async () => {
    const y = div(tensor([4, 2], { dtype: 'i32', device }), tensor([2, 0], { dtype: 'i32', device }));
    await expect(slice(y, 0, 0, 1).data()).rejects.toMatchObject({ name: 'DataError' });
  });
});
