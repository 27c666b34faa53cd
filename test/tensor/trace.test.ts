import { describe, expect, it } from 'vitest';
import { add, linear, softmax, trace, zeros } from '../../lib/index.js';

const device = 'cpu';

describe('trace', () => {
  it('gives one event per executed op, with shapes, times and cost', async () => {
    const [x, weight] = [zeros([4, 8], { device }), zeros([16, 8], { device })];
    const { events, result } = await trace(() => softmax(linear(x, weight)), { device });
    expect(result.shape).toEqual([4, 16]);
    expect(events.map(({ op }) => op)).toEqual(['linear_forward', 'softmax_forward']);
    const [first, second] = events;
    expect(first).toMatchObject({
      shapes: 'f32 (4, 8), f32 (16, 8) -> f32 (4, 16)',
      flops: 2 * 4 * 8 * 16,
      bytes: 4 * (4 * 8 + 16 * 8 + 4 * 16),
    });
    expect(second!.startUs).toBeGreaterThanOrEqual(first!.endUs);
  });

  it('writes the format of Chrome', async () => {
    const { toChromeJson } = await trace(async () => add(zeros([2], { device }), 1), { device });
    const parsed = JSON.parse(toChromeJson()) as { traceEvents: { name: string; ph: string; dur: number }[] };
    expect(parsed.traceEvents.map(({ name, ph }) => [name, ph])).toEqual([
      ['fill', 'X'],
      ['binary', 'X'],
    ]);
  });

  it('ends when the body throws, and does not nest', async () => {
    await expect(
      trace(
        () => {
          throw new Error('inside');
        },
        { device },
      ),
    ).rejects.toThrow('inside');
    const { result } = await trace(() => trace(() => 1, { device }).catch((error: Error) => error.message), { device });
    expect(result).toBe('trace: one is already running');
    expect((await trace(() => 2, { device })).events).toEqual([]);
  });
});
