import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from '../../lib/io/safetensors.js';
import { add } from '../../lib/ops/index.js';
import { tensor } from '../../lib/tensor/create.js';
import { devices } from '../../lib/tensor/device.js';
import { DeviceError, UnsupportedOpError } from '../../lib/util/errors.js';
import { testFolder } from '../io/safetensors_bytes.js';

const root = join(import.meta.dirname, '../..');
const mock = execFileSync(process.execPath, [join(root, 'scripts/build_mock.mjs')], { encoding: 'utf8' }).trim();
const folder = testFolder();
let reports = 0;

interface Report {
  liveAllocations: number;
  liveBytes: number;
  liveStreams: number;
  calls: Record<string, number>;
  violations: string[];
}

interface Run {
  seen: Record<string, unknown>;
  report: Report | undefined;
}

/** Runs a scenario of crossing_child.mjs in a process of its own. */
async function run(scenario: string, faults: string, options: { device?: string; env?: object } = {}): Promise<Run> {
  const reportPath = join(folder, `report_${reports++}.json`);
  const env = {
    ...process.env,
    GRIDSTRIDE_CUDA_BACKEND: mock,
    GRIDSTRIDE_MOCK: faults,
    GRIDSTRIDE_MOCK_REPORT: reportPath,
    ...options.env,
  };
  const child = [join(import.meta.dirname, 'crossing_child.mjs'), scenario, options.device ?? 'cuda:0'];
  const { stdout } = await promisify(execFile)(process.execPath, child, { env });
  let report: Report | undefined;
  try {
    report = JSON.parse(readFileSync(reportPath, 'utf8')) as Report;
  } catch {
    // The mock was never opened.
  }
  return { seen: (stdout === '' ? {} : JSON.parse(stdout)) as Record<string, unknown>, report };
}

describe('the CUDA crossing', () => {
  it('lists the devices of the library', async () => {
    const { seen } = await run('info', '');
    expect(seen['cudaPath']).toBe(mock);
    expect(seen['cudaReason']).toBe('');
    expect(seen['cudaDevices']).toMatchObject([
      { id: 'cuda:0', name: 'Mock 0', capability: '8.0', driver: 13000, emulation: true, reason: '' },
      { id: 'cuda:1', name: 'Mock 1', capability: '8.1', memoryBytes: 2 ** 30 },
    ]);
  });

  it.each([
    ['no_driver', /no NVIDIA driver was found/],
    ['old_driver', /driver is too old: 11\.4/],
    ['no_device', /no CUDA device was found/],
    ['abi_refused', /was built for another version of gridstride: build both again/],
    ['abi_other', /was built for another version of gridstride: build both again/],
  ])('says why there is no device: %s', async (fault, reason) => {
    const { seen } = await run('info', fault);
    expect(seen['cudaDevices']).toEqual([]);
    expect(seen['cudaReason']).toMatch(reason);
    const { seen: error } = await run('open', fault);
    expect(error).toMatchObject({ code: 'DEVICE', message: expect.stringMatching(reason) as unknown });
    expect(error['message']).toMatch(/^device: there is no CUDA device: .*use device "cpu" or "auto"/);
  });

  it('says that a library is missing, no library, or switched off', async () => {
    const text = join(folder, 'text.so');
    writeFileSync(text, 'no library');
    for (const [env, reason] of [
      [{ GRIDSTRIDE_CUDA_BACKEND: join(folder, 'absent.so') }, /is not there \(.*absent\.so\): this build has no CUDA/],
      [{ GRIDSTRIDE_CUDA_BACKEND: text }, /cannot be opened: .*text\.so/],
      [{ GRIDSTRIDE_CUDA_BACKEND: join(root, 'build/Release/gridstride.node') }, /is not a gridstride CUDA library/],
      [{ GRIDSTRIDE_CUDA_BACKEND: folder }, /cannot be opened/],
      [{ GRIDSTRIDE_DISABLE_CUDA: '1' }, /^disabled by GRIDSTRIDE_DISABLE_CUDA$/],
    ] as const) {
      const { seen, report } = await run('info', '', { env });
      expect(seen['cudaDevices']).toEqual([]);
      expect(seen['cudaReason']).toMatch(reason);
      expect(report).toBeUndefined();
    }
    expect((await run('info', '', { env: { GRIDSTRIDE_DISABLE_CUDA: '0' } })).seen['cudaDevices']).toHaveLength(2);
  });

  it('never takes an emulation, or a broken device, for "auto"', async () => {
    const auto = async (faults: string): Promise<unknown> =>
      (await run('resolve', faults, { device: 'auto' })).seen['name'];
    expect(await auto('')).toBe('cpu');
    expect(await auto('real')).toBe('cuda:0');
    expect(await auto('real,broken_device')).toBe('cuda:1');
    expect(await auto('real,no_driver')).toBe('cpu');
  });

  it('keeps the ordinals when a device is broken, and names the reason', async () => {
    const { seen } = await run('info', 'broken_device');
    expect(seen['cudaDevices']).toMatchObject([
      { id: 'cuda:0', reason: 'mock device 0 is broken' },
      { id: 'cuda:1', name: 'Mock 1', reason: '' },
    ]);
    expect((await run('open', 'broken_device')).seen).toEqual({
      code: 'DEVICE',
      message: 'device: cuda:0 cannot be used: mock device 0 is broken',
    });
    expect((await run('resolve', 'broken_device', { device: 'cuda:1' })).seen).toEqual({ name: 'cuda:1' });
    for (const device of ['cuda:2', 'cuda:x', 'cuda:-1', 'cuda:0000', 'gpu'])
      expect((await run('open', '', { device })).seen, device).toMatchObject({ code: 'DEVICE' });
  });

  it.each(['cuda', 'cuda:1'])('runs ops on %s, reads them back and gives all memory back', async (device) => {
    const { seen, report } = await run('ops', '', { device });
    expect(seen).toMatchObject({
      sum: [2.5, 3.5, 4.5, 5.5],
      later: [9, 9, 9, 9],
      device: device === 'cuda' ? 'cuda:0' : device,
      memory: { liveBytes: 0, cachedBytes: 0, liveBlocks: 0 },
    });
    expect(report).toMatchObject({ violations: [], liveAllocations: 0, calls: { submit: 2, 'submit binary': 1 } });
    expect(report!.calls['memory_release']).toBe(report!.calls['memory_reserve']);
  });

  it('poisons the outputs of a failed submit and what depends on them, nothing else', async () => {
    const { seen, report } = await run('poison', 'submit=2');
    const message = 'mock: this submit was told to fail [binary: f32 (4), f32 (4) -> f32 (4)]';
    expect(seen).toEqual({
      healthy: [1, 1, 1, 1],
      broken: { code: 'CUDA', message },
      dependent: { code: 'CUDA', message },
      fine: [2, 2, 2, 2],
      sync: { code: 'CUDA', message },
      again: 'none',
    });
    expect(report).toMatchObject({ violations: [], liveAllocations: 0 });
  });

  it('goes on after running out of memory', async () => {
    const { seen, report } = await run('memory', 'reserve=3');
    expect(seen).toMatchObject({ second: 2, fourth: 4, third: { code: 'OUT_OF_MEMORY' } });
    expect((seen['third'] as { message: string }).message).toMatch(/requested 4096 bytes, used 8192, cached 0/);
    expect(report!.violations).toEqual([]);
  });

  it('leaves nothing behind in the library when the process ends with work queued', async () => {
    const { report } = await run('exit', '');
    expect(report!.violations).toEqual([]);
  });
});

describe('lib on a device of the library', () => {
  process.env['GRIDSTRIDE_CUDA_BACKEND'] = mock;

  it('lists it in devices()', () => {
    expect(devices().slice(1)).toMatchObject([
      { id: 'cuda:0', kind: 'cuda', name: 'CUDA emulation', isEmulation: true, capability: '8.0' },
      { id: 'cuda:1', kind: 'cuda' },
    ]);
  });

  it('computes, moves checkpoints both ways, and refuses to mix devices', async () => {
    const values = Float32Array.from({ length: (5 << 20) + 3 }, (_, i) => i % 1000);
    const path = join(folder, 'cuda.safetensors');
    await writeSafetensors(
      path,
      new Map([
        ['x', tensor(values, { device: 'cuda' })],
        ['flags', tensor([true, false], { device: 'cuda' })],
      ]),
    );
    const read = await readSafetensors(path, { device: 'cuda:1' });
    const x = read.get('x')!;
    expect(x.device).toBe('cuda:1');
    expect(Buffer.compare(Buffer.from((await x.data()).buffer as ArrayBuffer), Buffer.from(values.buffer))).toBe(0);
    expect(await read.get('flags')!.toArray()).toEqual([true, false]);
    expect(await add(tensor([1, 2], { device: 'cuda' }), 1).toArray()).toEqual([2, 3]);
    expect(() => add(tensor([1], { device: 'cuda' }), tensor([1], { device: 'cpu' }))).toThrow(DeviceError);
    await expect(readSafetensors(path, { device: 'cuda', dtype: 'f64' })).rejects.toThrow(UnsupportedOpError);
  });
});
