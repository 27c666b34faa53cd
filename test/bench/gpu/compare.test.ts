import { describe, expect, it } from 'vitest';
import { type GpuBench, rowOf } from '../../../bench/gpu/compare.js';
import { Rival } from '../../../bench/gpu/rival.js';

const contest = { name: 'copy', params: { bytes: 1e9 }, rival: { op: 'copy' }, bytes: 1e9, flops: 1e12 };

describe('rows of the GPU benches', () => {
  it('hold rates, the share of the nearer ceiling, and the ratio over pairs of rounds', async () => {
    const rival = await Rival.open('no-such-python', 'cpu');
    const bench = { rival, ceiling: { bytesPerSecond: 2e12, half: 500e12 } } as GpuBench;
    const times = { samples: [1], backend: 'flash' };
    const row = rowOf(bench, contest, { ours: [4, 2, 5], theirs: [2, 4, 5], rivalTimes: times });
    expect(row).toMatchObject({ name: 'copy', medianMs: 4, gbps: 250, gflops: 250_000, ratio: 1, ratioIqr: 0.75 });
    expect(row.percentOfCeiling).toBeCloseTo(50);
    expect(row.rival).toMatch(/, flash$/);
  });

  it('say why PyTorch was not timed', async () => {
    const rival = await Rival.open('no-such-python', 'cpu');
    const rivalTimes = await rival.time({ op: 'copy' }, 3);
    expect(rivalTimes.skipped).toMatch(/no-such-python/);
    const bench = { rival, ceiling: { bytesPerSecond: 1e12 } } as GpuBench;
    const row = rowOf(bench, contest, { ours: [4], theirs: [], rivalTimes });
    expect(row).toMatchObject({ rival: 'PyTorch', skipped: rivalTimes.skipped });
    expect(row.ratio).toBeUndefined();
    await rival.close();
  });
});
