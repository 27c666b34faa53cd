import { describe, expect, it } from 'vitest';
import { BatchStats } from '../../../lib/pipelines/batching/stats.js';

describe('BatchStats', () => {
  it('tells rates over the last ten seconds and counts since the start', () => {
    let now = 5_000;
    const stats = new BatchStats(() => now);
    for (let second = 0; second < 20; second++) {
      stats.computed({ tokens: 100, rows: 4, ms: 250 });
      stats.queued += 1;
      stats.started(now - 2);
      stats.finished(now - 8);
      now += 1_000;
    }
    now -= 1;
    const summary = stats.summary(3);
    expect(summary).toMatchObject({ callers: 3, batches: 20, tokens: 2000, meanBatchTokens: 100, meanBatchRows: 4 });
    expect(summary.tokensPerSecond).toBeCloseTo(100, 0);
    expect(summary.textsPerSecond).toBeCloseTo(1, 2);
    expect(summary.utilization).toBeCloseTo(0.25, 2);
    expect(summary.latencyMs).toEqual({ p50: 8, p99: 8, max: 8 });
    expect(summary.waitMs).toEqual({ p50: 2, p99: 2, max: 2 });
    now += 60_000;
    expect(stats.summary(0)).toMatchObject({ tokensPerSecond: 0, utilization: 0, tokens: 2000 });
  });

  it('keeps the newest thousand latencies', () => {
    let now = 0;
    const stats = new BatchStats(() => now);
    for (const wait of [...Array<number>(500).fill(1000), ...Array<number>(1024).fill(1)]) {
      stats.finished(now);
      stats.finished(now - wait);
    }
    now += 1;
    expect(stats.summary(0).latencyMs.max).toBeLessThanOrEqual(1);
    expect(new BatchStats().summary(0).latencyMs).toEqual({ p50: 0, p99: 0, max: 0 });
  });
});
