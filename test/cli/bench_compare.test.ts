import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareBenches } from '../../lib/cli/bench_compare.js';
import { DataError } from '../../lib/util/errors.js';
import { benchResult, benchRow, runInProcess } from './fixtures.js';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridstride_'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(contents: unknown): Promise<string> {
  const path = join(folder, `${count++}.json`);
  await writeFile(path, typeof contents === 'string' ? contents : JSON.stringify(contents));
  return path;
}

describe('compareBenches', () => {
  it.each([
    ['slower', 10, 0.3, 10.6, 0.4],
    ['same', 10, 0.3, 10.4, 0.4],
    ['same', 10, 0.3, 9.6, 0.4],
    ['faster', 10, 0.3, 9, 0.4],
    ['slower', 10, 0, 10.001, 0],
    ['same', 10, 0, 10, 0],
    ['same', 0, 0, 0, 0],
  ])('is %s from %d ms (iqr %d) to %d ms (iqr %d)', (verdict, before, iqrBefore, after, iqrAfter) => {
    const { rows } = compareBenches(
      benchResult([benchRow('x', before, iqrBefore)]),
      benchResult([benchRow('x', after, iqrAfter)]),
    );
    expect(rows[0]).toMatchObject({ verdict, beforeMs: before, afterMs: after });
  });

  it('combines the noise of both rows as independent', () => {
    const { rows } = compareBenches(benchResult([benchRow('x', 10, 0.3)]), benchResult([benchRow('x', 5, 0.2)]));
    expect(rows[0]!.noise).toBeCloseTo(Math.hypot(0.03, 0.04), 12);
    expect(rows[0]!.ratio).toBe(0.5);
  });

  it('pairs rows by name and params in any order and lists the others', () => {
    const before = benchResult([benchRow('x', 1, 0, { m: 1, n: 2 }), benchRow('x', 2, 0, { m: 2 }), benchRow('y', 1)]);
    const after = benchResult([benchRow('x', 1, 0, { n: 2, m: 1 }), benchRow('z', 1)]);
    expect(compareBenches(before, after)).toMatchObject({
      rows: [{ name: 'x', params: { m: 1, n: 2 } }],
      onlyBefore: ['x m=2', 'y'],
      onlyAfter: ['z'],
    });
  });

  it('warns of another machine or set-up', () => {
    const rows = [benchRow('x', 1)];
    const { warnings } = compareBenches(benchResult(rows), benchResult(rows, { threads: 4, dtype: 'bf16' }));
    expect(warnings).toEqual(['threads differs: 2 and 4', 'dtype differs: f32 and bf16']);
  });

  it('refuses different benches, no shared row and a row that occurs twice', () => {
    const one = benchResult([benchRow('x', 1)]);
    expect(() => compareBenches(one, benchResult([benchRow('x', 1)], { bench: 'model' }))).toThrow(DataError);
    expect(() => compareBenches(one, benchResult([benchRow('y', 1)]))).toThrow(/must share a row, got 1 and 1 rows/);
    expect(() => compareBenches(one, benchResult([benchRow('x', 1), benchRow('x', 2)]))).toThrow('got x twice');
  });
});

describe('gridstride bench compare', () => {
  it('prints a table and exits 0 when no row got slower beyond its noise', async () => {
    const before = await file(benchResult([benchRow('layer_norm', 10, 0.5, { T: 128 })]));
    const after = await file(benchResult([benchRow('layer_norm', 5, 0.1, { T: 128 })]));
    const { code, stdout, stderr } = await runInProcess('bench', 'compare', before, after);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/layer_norm T=128 +│ +10\.00 │ +5\.000 │ 0\.500x │ +±5\.4 % │ faster/);
    expect(stdout).toMatch(/1 rows: 0 slower, 1 faster beyond their noise\n$/);
  });

  it('exits 1 when a row got slower, warns on standard error, and ends with one JSON object when asked', async () => {
    const before = await file(benchResult([benchRow('a', 10, 0.1), benchRow('b', 10, 5), benchRow('c', 1)]));
    const after = await file(benchResult([benchRow('a', 12, 0.1), benchRow('b', 12, 5)], { threads: 1 }));
    const { code, stdout, stderr } = await runInProcess('bench', 'compare', before, after, '--json');
    expect(code).toBe(1);
    expect(stderr).toBe('warning: threads differs: 2 and 1\n');
    expect(stdout).toContain(`only in ${before}: c\n`);
    const last = JSON.parse(stdout.trimEnd().split('\n').at(-1)!) as object;
    expect(last).toMatchObject({ slower: 1, faster: 0, rows: [{ verdict: 'slower' }, { verdict: 'same' }] });
  });

  it('reads the whole output of a bench, whose last line is its result', async () => {
    const result = benchResult([benchRow('a', 1)]);
    const output = await file(`a table\n${JSON.stringify(result)}\n`);
    expect((await runInProcess('bench', 'compare', output, await file(result))).code).toBe(0);
  });

  it.each([
    ['a file that is not there', undefined, /the file must be readable, got ENOENT for .*none/],
    ['text', 'hello', /must hold JSON, as a whole or on its last line, got 5 other characters/],
    ['a list without end', `${'['.repeat(2e5)}${']'.repeat(2e5)}`, /must hold JSON, as a whole or on its last line/],
    ['another schema', { schema: 'x' }, /must be a result in the form gridstride-bench\/1, got a wrong schema/],
    [
      'a row without median',
      benchResult([{ name: 'x', params: {}, samples: [1] } as never]),
      /wrong rows\.0\.medianMs/,
    ],
    ['another bench', benchResult([benchRow('x', 1)], { bench: 'model' }), /must be of one bench, got ops and model/],
  ])('exits 2 with one line for %s', async (_, contents, text) => {
    const good = await file(benchResult([benchRow('x', 1)]));
    const bad = contents === undefined ? join(folder, 'none') : await file(contents);
    const { code, stdout, stderr } = await runInProcess('bench', 'compare', good, bad);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(text);
    expect(stderr).toMatch(/^gridstride: [^\n]+\n$/);
  });
});
