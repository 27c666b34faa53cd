import { expect, it } from 'vitest';
import type { OpCase } from '../../../lib/cli/bench_ops/cases.js';
import { timeCase } from '../../../lib/cli/bench_ops/time_case.js';
import { add, memory, reshape, type Tensor } from '../../../lib/index.js';
import { measureCeiling } from '../../../lib/native/ceiling.js';

const options = {
  device: 'cpu',
  rival: 'cpu:reference',
  dtype: 'f32' as const,
  runs: 3,
  seed: 1,
  ceiling: { flops: 1e11, bytesPerSecond: 1e10 },
};

const addCase: OpCase = {
  name: 'add (64, 64)',
  inputs: [{ shape: [64, 64] }, { shape: [64, 64] }],
  options: undefined,
  run: ([a, b]) => add(a as Tensor, b as Tensor),
};

it('times an op forward and with its gradient, and leaves nothing behind', async () => {
  const before = memory('cpu').liveTensors;
  const rows = await timeCase(addCase, options);
  expect(memory('cpu').liveTensors).toBe(before);
  expect(rows.map(({ name, params }) => [name, params['pass']])).toEqual([
    ['add (64, 64)', 'forward'],
    ['add (64, 64)', 'training'],
  ]);
  const [forward] = rows;
  const bytes = 3 * 64 * 64 * 4;
  expect(forward!.gbps).toBeCloseTo(bytes / forward!.medianMs / 1e6, 6);
  expect(forward!.percentOfCeiling).toBeCloseTo((100 * (bytes / 1e10)) / (forward!.medianMs / 1e3), 6);
  expect(forward!.ratio).toBeGreaterThan(0);
  expect(forward!.rival).toBe('cpu:reference');
});

it('gives no row for a view', async () => {
  const view: OpCase = { ...addCase, name: 'reshape', run: ([a]) => reshape(a as Tensor, [4096]) };
  expect(await timeCase({ ...view, gradient: false }, options)).toEqual([]);
});

it('measures ceilings of every instruction set', async () => {
  const { flops, bytesPerSecond } = await measureCeiling('baseline', 1);
  expect(flops).toBeGreaterThan(1e8);
  expect(bytesPerSecond).toBeGreaterThan(1e8);
  await expect(measureCeiling('neon9', 1)).rejects.toThrow(/neon9/);
});
