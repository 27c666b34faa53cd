import { describe, expect, it } from 'vitest';
import { cudaDevice } from '../../cuda.js';
import { runScenario } from './faults_child.js';

// What goes wrong on hardware too, with nothing injected; an emulated device has little memory, to be filled soon.
describe.skipIf(cudaDevice === undefined)('the device cuda', () => {
  it('goes on training with a smaller batch after one that did not fit its memory', async () => {
    const { first, large, second, blocks } = await runScenario('full_device', `memory=${8 << 20}`);
    expect(blocks).toBeGreaterThan(0);
    expect(large).toMatchObject({ name: 'OutOfMemoryError', code: 'OUT_OF_MEMORY' });
    expect(first).toBeCloseTo(Math.LN2, 0);
    expect(second).toBeLessThan(first as number);
  });

  it('refuses an ordinal that is not there', async () => {
    const { wrong } = await runScenario('wrong_ordinal', '');
    expect(wrong).toMatchObject({
      name: 'DeviceError',
      message: expect.stringMatching(/ordinal must be below \d+, got 77/) as unknown,
    });
  });

  it('serves two worker threads', async () => {
    expect(await runScenario('workers', '')).toMatchObject({ values: [[1050], [2050]] });
  });

  it('lets a process end with work queued', async () => {
    expect(await runScenario('exit', '')).toEqual({});
  });
});
