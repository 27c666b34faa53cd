import { describe, expect, it } from 'vitest';
import { cudaDevice } from '../../cuda.js';
import { CudaTimer } from '../../../lib/cli/bench_ops/cuda_timer.js';
import { timeCase } from '../../../lib/cli/bench_ops/time_case.js';
import { add, memory, mul, type Tensor, zeros } from '../../../lib/index.js';

describe.skipIf(cudaDevice === undefined)('CudaTimer', () => {
  const device = cudaDevice!;

  it('times what is queued, again and again, and leaves nothing behind', async () => {
    const x = zeros([64], { device });
    const before = memory(device).liveTensors;
    const timer = new CudaTimer(device);
    const times = await timer.samples(() => mul(add(x, 1), 2).dispose(), 4);
    expect(times.length).toBe(4);
    for (const ms of times) expect(ms).toBeGreaterThan(0);
    expect(await timer.copyBandwidth()).toBeGreaterThan(0);
    timer.dispose();
    expect(memory(device).liveTensors).toBe(before);
  });

  it('times a case against the CPU', async () => {
    const cuda = new CudaTimer(device);
    const opCase = {
      name: 'add',
      inputs: [{ shape: [64] }],
      options: undefined,
      run: ([x]: readonly Tensor[]) => add(x!, 1),
    };
    const ceiling = { flops: Infinity, bytesPerSecond: 1e9 };
    const rows = await timeCase(opCase, { device, rival: 'cpu', dtype: 'f32', runs: 2, seed: 1, ceiling, cuda });
    expect(rows.map(({ rival, params }) => [rival, params['pass']])).toEqual([
      ['cpu', 'forward'],
      ['cpu', 'training'],
    ]);
    expect(rows[0]!.percentOfCeiling).toBeCloseTo((100 * (2 * 64 * 4 * 1e-9)) / (rows[0]!.medianMs / 1e3), 6);
    cuda.dispose();
  });
});
