import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { library } from '../train/checkpoint/kill.js';

let folder: string;
beforeAll(() => (folder = mkdtempSync(path.join(tmpdir(), 'gridstride-search-kill-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  id?: number;
  step?: number;
  objectives?: number[];
}

/** Runs a search in a process of its own, killed where it tells of what `isEnd` says. @returns all it told */
async function runChild(outputDir: string, isEnd: (told: Told) => boolean = () => false): Promise<Told[]> {
  const child = fork(path.join(import.meta.dirname, 'kill_child.mjs'), [library, outputDir]);
  const all: Told[] = [];
  child.on('message', (told: Told) => {
    if (child.killed) return;
    all.push(told);
    if (isEnd(told)) child.kill('SIGKILL');
  });
  await new Promise((resolve) => child.once('exit', resolve));
  return all;
}

test('a killed search goes on with the trial that was running, from its checkpoint, to the same end', async () => {
  const whole = (await runChild(path.join(folder, 'whole'))).at(-1)!.objectives;
  const place = path.join(folder, 'killed');
  const first = await runChild(place, ({ id, step }) => id === 1 && step === 6);
  expect(first.at(-1)).toEqual({ id: 1, step: 6 });
  const second = await runChild(place);
  const [begin] = second;
  expect(begin!.id).toBe(1);
  // A checkpoint was written at steps 2, 4 and, unless the kill came first, 6.
  expect([5, 7]).toContain(begin!.step);
  expect(new Set(second.map(({ id }) => id))).toEqual(new Set([1, 2, undefined]));
  expect(second.at(-1)!.objectives).toEqual(whole);
});
