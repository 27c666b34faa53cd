import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { killAndResume, runChild } from './kill.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-kills-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a run killed at twenty random moments leaves whole checkpoints and ends like one that was not', async () => {
  const { weights, seen } = await killAndResume(path.join(folder, 'killed'), 400, 20, 11);
  expect(seen).toBeGreaterThan(20);
  expect(weights).toEqual(await runChild(path.join(folder, 'whole'), 400));
});
