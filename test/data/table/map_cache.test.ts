import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Dataset, removeMapCache } from '../../../lib/data/index.js';
import { PhiloxRandom } from '../../../lib/util/philox.js';
import { AbortError, ConfigError } from '../../../lib/util/errors.js';

let cacheDir: string;
beforeEach(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), 'gridstride_'));
});
afterEach(() => rm(cacheDir, { recursive: true, force: true }));

const rows = Dataset.fromArray([{ text: 'a' }, { text: 'bb' }, { text: 'ccc' }]);
let calls = 0;
const measure = ({ text }: { text: string }): { length: number } => {
  calls += 1;
  return { length: text.length };
};

/** Lengths by the cached function, and how often it was called for them. */
async function lengths(of = rows, options: object = {}): Promise<[number[], number]> {
  calls = 0;
  const mapped = await of.map(measure, { cacheDir, ...options });
  return [mapped.column('length'), calls];
}

/** The one file in the folder. */
async function cached(): Promise<string> {
  const [name, ...others] = await readdir(cacheDir);
  expect(others).toEqual([]);
  return join(cacheDir, name!);
}

describe('Dataset.map with cacheDir', () => {
  it('calls the function once for the same rows, function, options and key', async () => {
    expect(await lengths()).toEqual([[1, 2, 3], 3]);
    expect(await lengths()).toEqual([[1, 2, 3], 0]);
    expect(await lengths(Dataset.fromArray(rows.toArray()))).toEqual([[1, 2, 3], 0]);
    expect(await lengths(rows.take(2))).toEqual([[1, 2], 2]);
    expect(await lengths(rows, { removeColumns: 'text' })).toEqual([[1, 2, 3], 3]);
    expect(await lengths(rows, { cacheKey: 'other' })).toEqual([[1, 2, 3], 3]);
    const other = await rows.map(({ text }) => ({ length: -text.length }), { cacheDir });
    expect(other.column('length')).toEqual([-1, -2, -3]);
    expect(await readdir(cacheDir)).toHaveLength(5);
    expect(await removeMapCache(cacheDir)).toBe(5);
    expect(await removeMapCache(join(cacheDir, 'none'))).toBe(0);
    expect(await lengths()).toEqual([[1, 2, 3], 3]);
  });

  it('gives back every kind of value, also of batches and of no rows', async () => {
    const values = {
      list: [1, [null]],
      ids: Int32Array.of(1, -2),
      floats: Float64Array.of(0.1),
      odd: [Number.NaN, -Infinity, -0, undefined, 12n ** 30n, new Date(7)],
      nested: { text: 'é"\n', is: true },
    };
    const map = (from: typeof rows): Promise<Dataset> =>
      from.map((batch) => Object.fromEntries(Object.entries(values).map(([k, v]) => [k, batch.text.map(() => v)])), {
        batched: true,
        cacheDir,
        cacheKey: 'values',
      }) as unknown as Promise<Dataset>;
    const first = await map(rows);
    const again = await map(rows);
    expect(again.toArray()).toEqual(first.toArray());
    expect(again.at(2)).toEqual({ text: 'ccc', ...values });
    expect(Object.is((again.at(0)['odd'] as number[])[2], -0)).toBe(true);
    expect((await map(rows.take(0))).length).toBe(0);
    expect((await map(rows.take(0))).columnNames).toEqual(['text']);
  });

  it('a file that is not whole is made anew, whatever it holds', async () => {
    await lengths();
    const path = await cached();
    const whole = await readFile(path);
    const random = new PhiloxRandom(3);
    for (let i = 0; i < 300; i++) {
      const bytes = Buffer.from(whole);
      // Without its last line end the file is still whole.
      const at = random.nextBelow(bytes.length - 1);
      if (i % 3 === 0) await writeFile(path, bytes.subarray(0, at));
      else {
        bytes[at]! ^= 1 << random.nextBelow(8);
        await writeFile(path, bytes);
      }
      expect(await lengths()).toEqual([[1, 2, 3], 3]);
    }
    for (const text of [
      '',
      '\n',
      '[]\n',
      '{"version":1,"columnNames":["a"],"rows":1e15}\n',
      `${'['.repeat(10_000)}\n`,
    ]) {
      await writeFile(path, text);
      expect(await lengths()).toEqual([[1, 2, 3], 3]);
    }
    expect(await lengths()).toEqual([[1, 2, 3], 0]);
    await cached();
  });

  it('leaves nothing behind when it fails, and does not touch files of others', async () => {
    const controller = new AbortController();
    const stop = (): object => {
      controller.abort();
      return { x: 1 };
    };
    await expect(rows.map(stop, { cacheDir, signal: controller.signal })).rejects.toThrow(AbortError);
    const failing = (): Promise<object> => Promise.reject(new Error('no'));
    await expect(rows.map(failing, { cacheDir })).rejects.toThrow('no');
    await expect(rows.map(() => ({ x: new Map() }), { cacheDir })).rejects.toThrow(
      'map: rows must be plain values to be cached',
    );
    expect(await readdir(cacheDir)).toEqual([]);
    await writeFile(join(cacheDir, 'map-mine.jsonl'), '');
    expect(await removeMapCache(cacheDir)).toBe(0);
  });

  it('refuses a function without source unless there is a key, and a folder that is none', async () => {
    const bound = measure.bind(undefined);
    await expect(rows.map(bound, { cacheDir })).rejects.toThrow(ConfigError);
    expect((await rows.map(bound, { cacheDir, cacheKey: 'measure' })).length).toBe(3);
    await expect(rows.map(measure, { cacheDir: '' })).rejects.toThrow(ConfigError);
  });
});
