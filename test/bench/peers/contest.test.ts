import { afterAll, beforeAll, expect, it } from 'vitest';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Contest, type Entry, hold } from '../../../bench/peers/contest.js';
import type { PeerModel } from '../../../bench/peers/models.js';
import { Sides } from '../../../bench/peers/sides.js';
import type { Work } from '../../../bench/peers/work.js';

/** A side whose runs take as long, and whose outputs are, as its arguments say. */
const SIDE = `
const [peer, ms, output] = process.argv.slice(2);
const say = (message) => console.log(JSON.stringify(message));
say({ peer, version: '1.2.3', importedBytes: 1 });
let prepared = 0;
require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line);
  if (output === 'refuse') say({ refused: 'not today' });
  else if (request.prepare) say({ id: prepared++, signature: [[Number(output), 0]] });
  else if ('run' in request) say({ ms: Number(ms) + request.run });
  else say({});
});`;
const work: Work = { kind: 'inference', lengths: [1], batches: [[0]] };

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'gridstride-peers-'));
  script = path.join(folder, 'side.cjs');
  await writeFile(script, SIDE);
});
afterAll(() => rm(folder, { recursive: true }));

function entry(group: string, ms: number, output: number | string, variant?: string): Entry {
  const command = { program: process.execPath, args: [script, group, String(ms), String(output)] };
  return { group, dtype: 'f32', command, work, ...(variant !== undefined && { variant }) };
}

async function holdWith(entries: readonly Entry[], rivals: readonly string[]) {
  const sides = new Sides({} as PeerModel, { threads: 1, python: 'none' });
  const contest: Contest = {
    name: 'inference',
    params: { batch: 1 },
    tokens: 10,
    entries: [entry('ours', 5, 1), ...entries],
    rivals: { ours: rivals },
  };
  try {
    return await hold(contest, sides, 3);
  } finally {
    await sides.close();
  }
}

it("compares with the faster of a rival's ways, round by round", async () => {
  const [row, ...more] = await holdWith([entry('rival', 12, 1, 'raw'), entry('rival', 10, 1, 'optimized')], ['rival']);
  expect(more).toEqual([]);
  expect(row).toMatchObject({ samples: [5, 5, 5], ratio: 0.5, ratioIqr: 0, tokensPerSecond: 2000 });
  expect(row).toMatchObject({ rival: 'rival 1.2.3 optimized', params: { dtype: 'f32', rivalMs: 10, difference: 0 } });
});

it('refuses to time outputs that differ', async () => {
  await expect(holdWith([entry('rival', 1, 1.01)], ['rival'])).rejects.toThrow(
    /inference: outputs must agree within 0.0001 of their norm, got 0.0[01]\d* between rival {2}and ours/,
  );
});

it('says why a rival was skipped, and when it was not asked for', async () => {
  const missing = { ...entry('missing', 1, 1), command: { program: 'none', args: [], skipped: 'not installed' } };
  const rows = await holdWith([missing, entry('shy', 1, 'refuse')], ['missing', 'shy', 'other']);
  expect(rows.map(({ rival, skipped, ratio }) => ({ rival, skipped, ratio }))).toEqual([
    { rival: 'missing', skipped: 'not installed' },
    { rival: 'shy', skipped: 'not today' },
    { rival: 'other', skipped: 'not asked for' },
  ]);
});
