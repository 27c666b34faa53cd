import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { memory, sync, tensor } from '../../lib/index.js';
import { addon } from '../../lib/native/addon.js';

const child = path.join(import.meta.dirname, 'engine_child.mjs');
const device = 'cpu';

interface Answer {
  data: Float32Array;
  liveBytes: number;
}

/** A worker on a shared tensor; resolves with what it posted (if anything) once it has exited. */
function work(workerData: { token: number; rounds: number; exitEarly?: boolean }) {
  const worker = new Worker(child, { workerData });
  return new Promise<Answer | undefined>((resolve, reject) => {
    let answer: Answer | undefined;
    worker.on('message', (message: Answer) => (answer = message));
    worker.on('error', reject);
    worker.on('exit', (code) => (code === 0 ? resolve(answer) : reject(new Error(`worker exited with ${code}`))));
  });
}

describe('eight worker threads', () => {
  it('share one copy of a tensor and get the same bits', async () => {
    const values = Float32Array.from({ length: 1 << 18 }, (_, i) => i % 1000);
    const shared = tensor(values, { device });
    await sync(device);
    const before = memory(device).liveBytes;
    const token = addon().share([shared.handle]);
    const answers = await Promise.all(Array.from({ length: 8 }, () => work({ token, rounds: 20 })));
    const bytes = (data: Float32Array) => Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    const expected = bytes(values.map((x) => x + 19));
    for (const answer of answers) {
      expect(bytes(answer!.data).equals(expected)).toBe(true);
      // Each worker's own results come and go; the shared tensor is there once.
      expect(answer!.liveBytes - before).toBeLessThan(8 * 3 * (1 << 20));
    }
    addon().unshare(token);
    await sync(device);
    expect(memory(device).liveBytes).toBeLessThanOrEqual(before);
    expect(bytes((await shared.data()) as Float32Array).equals(bytes(values))).toBe(true);
  });

  it('may exit in any order, with work queued', async () => {
    const shared = tensor([1, 2, 3], { device });
    const token = addon().share([shared.handle]);
    const workers = Array.from({ length: 8 }, (_, i) => work({ token, rounds: 5, exitEarly: i % 2 === 0 }));
    shared.dispose();
    const answers = await Promise.all(workers);
    for (const answer of answers.filter((a) => a !== undefined)) expect([...answer.data]).toEqual([5, 6, 7]);
    expect(answers.filter((a) => a !== undefined).length).toBe(4);
    addon().unshare(token);
  });

  it('are refused what is no longer shared', async () => {
    const shared = tensor([1], { device });
    const token = addon().share([shared.handle]);
    addon().unshare(token);
    await expect(work({ token, rounds: 1 })).rejects.toThrow('shared model: it is no longer shared');
  });
});

describe('a process', () => {
  function run(action: string, env: NodeJS.ProcessEnv = {}) {
    const start = performance.now();
    const result = spawnSync(process.execPath, [child, action], { encoding: 'utf8', env: { ...process.env, ...env } });
    return { ...result, seconds: (performance.now() - start) / 1e3 };
  }

  it.each(['exitWhileQueued', 'endWhileQueued', 'exitWhileReading'])('ends cleanly and soon: %s', (action) => {
    const { status, signal, stderr, seconds } = run(action);
    expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: '' });
    expect(seconds).toBeLessThan(5);
  });

  it('shows where a failed op was called from with GRIDSTRIDE_DEBUG=1', () => {
    const plain = run('failWithStack').stdout;
    expect(plain).toMatch(/^div: .*\[binary: i32 \(1\) -> i32 \(1\)\]\n$/);
    const debug = run('failWithStack', { GRIDSTRIDE_DEBUG: '1' }).stdout;
    expect(debug).toMatch(/op called from:\n[^]*engine_child\.mjs:\d+/);
  });
});
