import { describe, expect, it } from 'vitest';
import { cudaDevice } from '../../cuda.js';
import { runScenario as run } from './faults_child.js';

const emulation = process.env['GRIDSTRIDE_CUDA_BACKEND'];

// Faults are injected into the emulation: a GPU has none to order.
describe.skipIf(cudaDevice === undefined || emulation === undefined)('the emulated device', () => {
  it('is listed as an emulation, with its ordinals', async () => {
    const { devices } = await run('devices', '');
    expect(devices).toMatchObject([
      { id: 'cpu' },
      { id: 'cuda:0', name: 'CUDA emulation', isEmulation: true },
      { id: 'cuda:1' },
    ]);
  });

  it('goes on training with a smaller batch after one that did not fit', async () => {
    const { first, large, second } = await run('out_of_memory', `memory=${3 << 20}`);
    expect(large).toMatchObject({ name: 'OutOfMemoryError', code: 'OUT_OF_MEMORY' });
    expect(first).toBeCloseTo(Math.LN2, 0);
    expect(second).toBeLessThan(first as number);
  });

  it('replays smaller buckets after one that did not fit', async () => {
    const { large, small } = await run('out_of_memory_compiled', `memory=${1 << 20}`);
    const error = { name: 'OutOfMemoryError', code: 'OUT_OF_MEMORY' };
    expect(large).toMatchObject([error, error]);
    expect(small).toEqual([4, 2, 4]);
  });

  it('says at every later call that it was lost, and leaves the CPU alone', async () => {
    const { during, after, cpu } = await run('lost', 'lost_launch=40');
    const message = /cuda:0: the device stopped working .*: the device was told to be lost/;
    expect(during).toMatchObject({ name: 'CudaError', message: expect.stringMatching(message) as unknown });
    expect(after).toMatchObject({ name: 'CudaError', message: expect.stringMatching(message) as unknown });
    expect(cpu).toEqual([2]);
  });

  it('fails one op whose launch is refused', async () => {
    const { first, second } = await run('refused', 'refused_launch=1');
    const message = /the kernel must start, got too many resources requested for launch \[binary: /;
    expect(first).toMatchObject({ name: 'CudaError', message: expect.stringMatching(message) as unknown });
    expect(second).toEqual([2, 3]);
  });
});
