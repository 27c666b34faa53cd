import { describe, expect, it } from 'vitest';
import { add, configure, device, devices, memory, ready, sync, tensor, zeros } from '../../lib/index.js';

describe('devices', () => {
  it('names the CPU first, with its instruction sets and threads', () => {
    const [cpu] = devices();
    expect(cpu).toMatchObject({ id: 'cpu', kind: 'cpu' });
    expect(cpu!.instructionSets).toContain('reference');
    expect(cpu!.threads).toBeGreaterThan(0);
  });

  it('says why there is no GPU where there is none', () => {
    const gpu = devices()[1]!;
    if (gpu.reason !== undefined) expect(gpu.reason.length).toBeGreaterThan(10);
    else expect(gpu.id).toBe('cuda:0');
  });

  it('refuses a device that is not there', () => {
    expect(() => zeros([1], { device: 'tpu' })).toThrow(/^device: must be auto, cpu, cuda or cuda:<ordinal>, got tpu/);
    expect(() => device('cuda:77')).toThrow(expect.objectContaining({ name: 'DeviceError' }));
    expect(() => device('cpu:sse9')).toThrow(/^device: the set must be reference, .*amx-int8.*, got sse9$/);
    expect(() => device('cpu:sse9')).toThrow(expect.objectContaining({ name: 'DeviceError' }));
  });

  it('runs the plain twin of a set, and refuses a set the machine lacks', () => {
    const names = devices()[0]!.instructionSets!;
    for (const set of ['avx512-vnni', 'avx512-bf16', 'amx-bf16', 'amx-int8', 'neon-bf16']) {
      expect(device(`cpu:${set}:plain`).id).toBe(`cpu:${set}:plain`);
      if (names.includes(set)) expect(device(`cpu:${set}`).id).toBe(`cpu:${set}`);
      else
        expect(() => device(`cpu:${set}`)).toThrow(
          `device: the set must be one this machine has (${set}:plain runs on any), got ${set}`,
        );
    }
    const foreign = process.arch === 'arm64' ? 'baseline' : 'neon';
    expect(() => device(`cpu:${foreign}`)).toThrow(`device: the set must be one this machine has, got ${foreign}`);
    expect(() => device('cpu:reference:plain')).toThrow(/^device: the set must be one with products of its own/);
    expect(() => device('cpu:avx512-bf16:plain:plain')).toThrow(/got avx512-bf16:plain:plain$/);
  });

  it('refuses ops across devices', () => {
    const [a, b] = [zeros([1], { device: 'cpu' }), zeros([1], { device: 'cpu:reference' })];
    expect(() => add(a, b)).toThrow(/^binary: tensors must be on one device, got cpu and cpu:reference/);
  });

  it('waits for queued ops', async () => {
    const cpu = device('cpu');
    for (let i = 0; i < 100; i++) add(tensor([i], { device: 'cpu' }), 1).dispose();
    await ready('cpu');
    await cpu.sync();
    expect(cpu.memory().queuedOps).toBe(0);
  });

  it('counts bytes', async () => {
    await sync('cpu');
    const before = memory('cpu').liveBytes;
    const x = zeros([1 << 20], { device: 'cpu' });
    await sync('cpu');
    expect(memory('cpu').liveBytes - before).toBeGreaterThan(3.9 * 2 ** 20);
    x.dispose();
    expect(memory('cpu').liveBytes).toBeLessThanOrEqual(before);
  });
});

describe('configure', () => {
  it('refuses unknown names and values out of range', () => {
    const refused = (settings: object, message: RegExp) =>
      expect(() => configure(settings)).toThrow(
        expect.objectContaining({ name: 'ConfigError', message: expect.stringMatching(message) as string }),
      );
    refused({ thread: 1 }, /^configure: .*thread/);
    refused({ threads: 0 }, /^configure: threads must be an integer from 1 to 1024, got 0$/);
    refused({ threads: 1.5 }, /^configure: threads must be .*, got 1.5$/);
    refused({ maxQueuedOps: -1 }, /^configure: maxQueuedOps must be an integer from 1 to .*, got -1$/);
    refused(undefined as never, /^configure: options must be an object, got undefined$/);
  });

  it('changes the number of threads without changing a bit', async () => {
    const { threads } = devices()[0]!;
    const x = tensor(
      Float32Array.from({ length: 70_000 }, (_, i) => Math.sin(i)),
      { device: 'cpu' },
    );
    const runs: unknown[] = [];
    const { sum, softmax } = await import('../../lib/index.js');
    for (const count of [1, 2, 4]) {
      configure({ threads: count });
      expect(devices()[0]!.threads).toBe(count);
      runs.push([await sum(x).data(), await softmax(x).data()]);
    }
    configure({ threads: threads! });
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).toEqual(runs[0]);
  });
});
