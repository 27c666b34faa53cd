import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { addon } from '../../lib/native/addon.js';
import { tensor } from '../../lib/tensor/create.js';
import { ShapeError } from '../../lib/util/errors.js';
import { testFolder } from '../io/safetensors_bytes.js';

const TIME_LIMIT_MS = 40_000;

interface Ending {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
  folder: string;
}

/** Runs a scenario of teardown_child.mjs to its end. */
async function run(scenario: string): Promise<Ending> {
  const folder = testFolder();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'teardown_child.mjs'), scenario, folder]);
  const timer = setTimeout(() => child.kill('SIGKILL'), TIME_LIMIT_MS);
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(timer);
  return { code, signal, stdout: stdout.trim(), stderr, folder };
}

describe('the engine at the end of a process or thread', () => {
  it.each([1, 2, 3])('ends at once on process.exit() with work under way (%i)', async () => {
    const { code, signal, folder } = await run('exit');
    expect([code, signal]).toEqual([7, null]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });

  it('ends with the error of an uncaught exception', async () => {
    const { code, signal, stderr } = await run('throws');
    expect([code, signal]).toEqual([1, null]);
    expect(stderr).toContain('on purpose');
  });

  it('stays until a file that was asked for is read', async () => {
    expect(await run('natural')).toMatchObject({ code: 0, stdout: 'read 1' });
  });

  it('does not wait for a read that was refused', async () => {
    expect(await run('refused')).toMatchObject({ code: 0, stdout: 'UNSUPPORTED_OP' });
  });

  it('goes on after workers were terminated at work, and keeps none of their memory', async () => {
    const { code, signal, stdout, stderr } = await run('terminate');
    expect([code, signal, stderr]).toEqual([0, null, '']);
    expect(JSON.parse(stdout)).toEqual({ values: [3, 3, 3, 3], liveBlocks: 0 });
  });

  it('lets workers finish after the main thread', async () => {
    expect(await run('outlive')).toMatchObject({ code: 0, stdout: 'worked\nworked\nworked' });
  });
});

describe('host data', () => {
  it('becomes booleans from any byte', async () => {
    const flags = tensor(Uint8Array.of(0, 1, 2, 255), { dtype: 'bool' });
    expect([...(await flags.data())]).toEqual([0, 1, 1, 1]);
  });

  it('needs whole sizes', () => {
    for (const shape of [[1.5, 2], [NaN], [2 ** 60]])
      expect(() => tensor(new Float32Array(3), { shape })).toThrow(ShapeError);
  });

  it('that waits in the queue counts against its bound, also when it is written over', async () => {
    const x = tensor(new Float32Array(1 << 20));
    const data = new Float32Array(1 << 20);
    addon().configure({ maxQueuedBytes: 32 << 20 });
    let queued = 0;
    try {
      for (; queued < 5000; queued++) x.write(data);
    } catch (error) {
      expect(error).toMatchObject({ code: 'QUEUE_FULL' });
    }
    expect(addon().memory('cpu').queuedOps).toBeLessThan(50);
    await addon().sync('cpu');
    addon().configure({ maxQueuedBytes: 4 * 2 ** 30 });
  });
});
