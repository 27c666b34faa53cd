import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../lib/util/errors.js';
import { interleave, summarize, timeRuns } from '../../lib/util/statistics.js';

describe('summarize', () => {
  it('gives median, least value and interquartile range', () => {
    expect(summarize([4, 1, 3, 2])).toEqual({ samples: [4, 1, 3, 2], medianMs: 2.5, minMs: 1, iqrMs: 1.5 });
    expect(summarize([7])).toMatchObject({ medianMs: 7, minMs: 7, iqrMs: 0 });
    expect(() => summarize([])).toThrow(ConfigError);
  });
});

describe('timeRuns', () => {
  it('leaves the warm-up out', async () => {
    let calls = 0;
    const { samples, minMs } = await timeRuns(async () => sleep((calls++, 3)), 4, 2);
    expect([samples.length, calls]).toEqual([4, 6]);
    expect(minMs).toBeGreaterThan(1);
  });
});

describe('interleave', () => {
  it('runs both in turn, changes who goes first, and gives the ratio of their times', async () => {
    const order: string[] = [];
    const slow = async (): Promise<void> => {
      order.push('a');
      await sleep(20);
    };
    const fast = async (): Promise<void> => {
      order.push('b');
      await sleep(5);
    };
    const { a, b, ratio, ratioIqr } = await interleave(slow, fast, 4);
    expect(order.join('')).toBe('baabbaabba');
    expect([a.samples.length, b.samples.length]).toEqual([4, 4]);
    expect(a.medianMs).toBeGreaterThan(b.medianMs);
    expect(ratio).toBeGreaterThan(1.5);
    expect(ratioIqr).toBeGreaterThanOrEqual(0);
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses %s runs', async (runs) => {
    await expect(
      interleave(
        () => 0,
        () => 0,
        runs,
      ),
    ).rejects.toThrow('bench: runs must be a positive integer');
  });
});
