import { describe, expect, it } from 'vitest';
import { AbortError } from '../../lib/util/errors.js';
import { LoopPacer } from '../../lib/util/yield.js';

describe('LoopPacer', () => {
  it('is due once its slice is used up and not right after a pause', async () => {
    const pacer = new LoopPacer('test', { sliceMs: 20 });
    expect(pacer.isDue()).toBe(false);
    const start = performance.now();
    while (performance.now() - start < 25);
    expect(pacer.isDue()).toBe(true);
    await pacer.pause();
    expect(pacer.isDue()).toBe(false);
  });

  it('lets timers fire between the slices', async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    const pacer = new LoopPacer('test');
    const start = performance.now();
    while (performance.now() - start < 60) if (pacer.isDue()) await pacer.pause();
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(2);
  });

  it('throws AbortError at once for a fired signal, and at the next pause for one that fires', async () => {
    expect(() => new LoopPacer('test', { signal: AbortSignal.abort() })).toThrow(AbortError);
    const controller = new AbortController();
    const pacer = new LoopPacer('test', { signal: controller.signal });
    setImmediate(() => controller.abort());
    await expect(pacer.pause()).rejects.toThrow(AbortError);
  });
});
