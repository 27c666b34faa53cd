import { describe, expect, it } from 'vitest';
import {
  add,
  AdamW,
  capture,
  concat,
  crossEntropy,
  dropout,
  embedding,
  gelu,
  Generator,
  linear,
  memory,
  mseLoss,
  mul,
  noGrad,
  randn,
  sync,
  tensor,
  type Tensor,
  zeros,
} from '../../lib/index.js';
import { modelDevices } from '../cuda.js';

describe.each(modelDevices)('capture on %s', (device) => {
  it('replays a forward pass bit for bit on new inputs', async () => {
    const weight = randn([16, 8], { device });
    const x = randn([4, 8], { device });
    const forward = () => gelu(linear(x, weight));
    const recording = capture(forward, { device });
    expect(recording.size).toBe(2);
    const inputs = Float32Array.from({ length: 32 }, (_, i) => Math.sin(i));
    x.write(inputs);
    const eager = await forward().data();
    recording.replay();
    expect(await recording.result.data()).toEqual(eager);
    recording.dispose();
  });

  it('draws new random numbers at each replay, as an eager call would', async () => {
    const x = tensor(new Float32Array(64).fill(1), { device });
    const eager = new Generator(5, device);
    const expected: unknown[] = [];
    for (let i = 0; i < 4; i++)
      expected.push(await add(dropout(x, 0.5, { generator: eager }), dropout(x, 0.5, { generator: eager })).data());
    const generator = new Generator(5, device);
    const recording = capture(() => add(dropout(x, 0.5, { generator }), dropout(x, 0.5, { generator })), { device });
    expect(await recording.result.data()).toEqual(expected[0]);
    recording.replay();
    expect(await recording.result.data()).toEqual(expected[1]);
    const between = add(dropout(x, 0.5, { generator }), dropout(x, 0.5, { generator }));
    expect(await between.data()).toEqual(expected[2]);
    recording.replay();
    expect(await recording.result.data()).toEqual(expected[3]);
  });

  it('replays a training step with the learning rate and step number of its turn', async () => {
    const start = Float32Array.of(0.5, -1, 2, 0.25);
    const make = () => {
      const w = tensor(start, { shape: [2, 2], device, requiresGrad: true });
      const optimizer = new AdamW([w], { lr: 0.1 });
      return { w, optimizer };
    };
    const x = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { device },
    );
    const target = zeros([2, 2], { device });
    const step = (w: Tensor, optimizer: AdamW) => {
      const loss = mseLoss(linear(x, w), target);
      loss.backward();
      optimizer.step();
      optimizer.zeroGrad();
    };
    const eager = make();
    const captured = make();
    for (const lr of [0.1, 0.05, 0.02]) {
      eager.optimizer.lr = lr;
      step(eager.w, eager.optimizer);
    }
    const recording = capture(() => step(captured.w, captured.optimizer), { device });
    for (const lr of [0.05, 0.02]) {
      captured.optimizer.lr = lr;
      recording.replay();
    }
    expect(await captured.w.data()).toEqual(await eager.w.data());
    expect(captured.optimizer.stepCount).toBe(3);
  });

  it('keeps the memory of its ops while it lives, and no longer', async () => {
    await sync(device);
    const before = memory(device).liveBytes;
    const x = zeros([1 << 18], { device });
    const recording = capture(() => mul(add(x, 1), 2), { device });
    recording.result.dispose();
    await sync(device);
    // Three tensors of 1 MiB; a few kB of earlier tests may be collected meanwhile.
    expect(memory(device).liveBytes - before).toBeGreaterThan(2.9 * 2 ** 20);
    x.dispose();
    recording.replay();
    await sync(device);
    recording.dispose();
    expect(memory(device).liveBytes - before).toBeLessThan(4096);
    expect(() => recording.replay()).toThrow('recording: already disposed');
    expect(() => recording.size).toThrow(expect.objectContaining({ name: 'DisposedError' }));
  });

  it('recovers at the next replay from one that failed', async () => {
    const table = zeros([3, 2], { device });
    const ids = tensor([0], { dtype: 'i64', device });
    ids.host = undefined;
    const recording = capture(() => concat([embedding(table, ids), table], 0), { device });
    ids.write(BigInt64Array.of(9n));
    recording.replay();
    await expect(recording.result.data()).rejects.toThrow(/embedding/);
    ids.write(BigInt64Array.of(2n));
    recording.replay();
    expect(await recording.result.toArray()).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    await sync(device).catch(() => {});
  });

  it('times runs by the device, each after one of another recording', async () => {
    const x = zeros([4], { device });
    const recording = capture(() => add(x, 1), { device });
    const wipe = capture(() => add(x, 2), { device });
    const times = await recording.time(5, { wipe });
    expect(times.length).toBe(5);
    for (const ms of times) expect(ms).toBeGreaterThanOrEqual(0);
    wipe.dispose();
    await expect(recording.time(1, { wipe })).rejects.toMatchObject({ name: 'DisposedError' });
    recording.dispose();
    await expect(recording.time(1)).rejects.toMatchObject({ name: 'DisposedError' });
  });

  it('refuses a read, a second capture and another device', async () => {
    const x = tensor([1], { device });
    let read: Promise<unknown> | undefined;
    capture(() => void (read = x.data()), { device });
    await expect(read).rejects.toMatchObject({ name: 'UnsupportedOpError' });
    expect(() => capture(() => capture(() => {}, { device }), { device })).toThrow(/capture: one is already running/);
    expect(() => capture(() => zeros([1], { device: 'cpu:reference' }), { device })).toThrow(
      /capture: every op must be on (cpu|cuda:0)/,
    );
    expect(await noGrad(() => add(x, 1)).toArray()).toEqual([2]);
  });

  it('leaves the labels of a captured loss to the device', async () => {
    const logits = zeros([2, 3], { device });
    const labels = tensor([0, 1], { dtype: 'i64', device });
    const recording = capture(() => crossEntropy(logits, labels), { device });
    labels.write(BigInt64Array.of(2n, 5n));
    recording.replay();
    await expect(recording.result.data()).rejects.toThrow(/cross_entropy: .*got 5/);
    await sync(device).catch(() => {});
  });
});
