import { afterEach, describe, expect, it } from 'vitest';
import {
  add,
  configure,
  gelu,
  layerNorm,
  linear,
  matmul,
  memory,
  QueueFullError,
  ready,
  releaseCache,
  sync,
  tensor,
  tidy,
  zeros,
} from '../../lib/index.js';

const device = 'cpu';
const DEFAULTS = { maxQueuedOps: 16384, maxQueuedBytes: 4 * 2 ** 30, memoryLimitBytes: 0 };

afterEach(async () => {
  configure(DEFAULTS);
  await sync(device).catch(() => {});
});

/** Keeps the queue thread busy for a while. */
function occupy(): void {
  const x = zeros([768, 768], { device });
  for (let i = 0; i < 4; i++) matmul(x, x).dispose();
  x.dispose();
}

describe('memory', () => {
  it('ends in OutOfMemoryError at the limit, and goes on below it', async () => {
    await sync(device);
    releaseCache(device);
    const { liveBytes } = memory(device);
    configure({ memoryLimitBytes: liveBytes + (8 << 20) });
    const large = zeros([4 << 20], { device });
    await expect(large.data()).rejects.toMatchObject({
      name: 'OutOfMemoryError',
      fields: { requested: 16 << 20, used: expect.any(Number) as number, cached: expect.any(Number) as number },
    });
    large.dispose();
    expect(await add(tensor([1], { device }), 1).toArray()).toEqual([2]);
    const fits = zeros([1 << 20], { device });
    expect((await fits.data()).length).toBe(1 << 20);
    fits.dispose();
    configure({ memoryLimitBytes: 0 });
    const again = zeros([4 << 20], { device });
    expect((await again.data()).length).toBe(4 << 20);
    again.dispose();
  });

  it('gives up its cache before it fails', async () => {
    await sync(device);
    releaseCache(device);
    const { liveBytes } = memory(device);
    configure({ memoryLimitBytes: liveBytes + (24 << 20) });
    for (const size of [1 << 20, 2 << 20, 3 << 20, 5 << 20]) {
      const x = zeros([size], { device });
      expect((await x.data()).length).toBe(size);
      x.dispose();
    }
  });
});

describe('the queue', () => {
  it('throws QueueFullError past its bound in ops, and goes on after ready()', async () => {
    configure({ maxQueuedOps: 64 });
    occupy();
    const x = tensor([1, 2], { device });
    expect(() => {
      for (let i = 0; i < 100_000; i++) add(x, 1).dispose();
    }).toThrow(QueueFullError);
    await ready(device);
    expect(await add(x, 1).toArray()).toEqual([2, 3]);
  });

  it('throws QueueFullError past its bound in bytes, which then are never taken', async () => {
    await sync(device);
    configure({ maxQueuedBytes: 64 << 20 });
    const before = memory(device).liveBytes;
    occupy();
    const held: { dispose(): void }[] = [];
    expect(() => {
      for (let i = 0; i < 100; i++) held.push(zeros([1 << 20], { device }));
    }).toThrow(expect.objectContaining({ name: 'QueueFullError', message: expect.stringMatching(/bytes/) as string }));
    await sync(device);
    expect(memory(device).liveBytes - before).toBeLessThanOrEqual(100 << 20);
    for (const x of held) x.dispose();
    expect((await zeros([2], { device }).data()).length).toBe(2);
  });

  it('holds nothing of 10,000 forwards in a loop that never yields', async () => {
    const [x, weight, bias] = [zeros([8, 64], { device }), zeros([64, 64], { device }), zeros([64], { device })];
    const forward = () => tidy(() => gelu(linear(layerNorm(x, bias, bias), weight, bias)));
    forward().dispose();
    await sync(device);
    configure({ maxQueuedOps: 1 << 20, maxQueuedBytes: 2 ** 40 });
    const before = memory(device);
    for (let i = 0; i < 10_000; i++) forward().dispose();
    await sync(device);
    const after = memory(device);
    expect(after.liveTensors).toBeLessThanOrEqual(before.liveTensors);
    expect(after.liveBytes).toBeLessThanOrEqual(before.liveBytes);
    expect(after.peakBytes - before.peakBytes).toBeLessThan(1 << 20);
  });
});
