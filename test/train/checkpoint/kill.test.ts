import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CheckpointError } from '../../../lib/index.js';
import { tinyTrainer } from '../tiny.js';
import { checkWhole, killAndResume, library, runChild } from './kill.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-kill-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a run killed at random moments leaves whole checkpoints, and resumed ends like one that was not', async () => {
  const place = path.join(folder, 'killed');
  const { weights, seen } = await killAndResume(place, 60, 3, 7);
  expect(seen).toBeGreaterThan(0);
  expect(weights).toEqual(await runChild(path.join(folder, 'whole'), 60));
  // What the killed processes left half done has gone.
  expect(readdirSync(place).sort()).toEqual(['checkpoint-58', 'checkpoint-60']);
});

test('a failure to write leaves the checkpoints before it and names the folder', async () => {
  const place = path.join(folder, 'full');
  let saves = 0;
  const tokenizer = {
    savePretrained: () => {
      if (++saves < 3) return Promise.resolve();
      return Promise.reject(Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }));
    },
  };
  const refused = tinyTrainer(place, { saveStrategy: 'steps', saveSteps: 2 }, { tokenizer }).train();
  await expect(refused).rejects.toThrow(CheckpointError);
  await expect(refused).rejects.toThrow(/^Trainer: the checkpoint .*checkpoint-6 cannot be written: ENOSPC/);
  await expect(refused).rejects.toMatchObject({ fields: { reason: 'ENOSPC' } });
  expect(readdirSync(place)).toEqual(['checkpoint-2', 'checkpoint-4']);
  expect(await checkWhole(place)).toBe(2);
});

const mounts = spawnSync('unshare', ['-rm', 'true']).status === 0;
test.skipIf(!mounts)('a disk that fills leaves whole checkpoints and an error that says so', () => {
  const disk = path.join(folder, 'disk');
  mkdirSync(disk);
  const child = path.join(import.meta.dirname, 'kill_child.mjs');
  const script = 'mount -t tmpfs -o size=500k tmpfs "$1" && exec "$0" "$2" "$3" "$1/run" 40 none';
  const { stdout } = spawnSync('unshare', ['-rm', 'sh', '-c', script, process.execPath, disk, child, library], {
    encoding: 'utf8',
  });
  const { error, found } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    error: { name: string; message: string; reason: string };
    found: [string, string[]][];
  };
  expect(error).toMatchObject({ name: 'CheckpointError', reason: 'ENOSPC' });
  expect(found.length).toBeGreaterThan(1);
  for (const [name, files] of found) {
    expect(name).toMatch(/^checkpoint-\d+$/);
    expect(files).toHaveLength(7);
  }
});
