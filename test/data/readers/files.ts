import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** Files that another program wrote. */
export const GOLDENS = join(import.meta.dirname, '../../golden/data');

/** Writes files into a folder of the test file's own; their endings say what they are. */
export function testFiles(): (ending: string, contents?: string | Uint8Array) => Promise<string> {
  let folder: string;
  let count = 0;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gridstride_'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return async (ending, contents) => {
    const path = join(folder, `${count++}${ending}`);
    if (contents !== undefined) await writeFile(path, contents);
    return path;
  };
}

/** A stream of some bytes in pieces. */
export async function* streamOf(contents: string | Uint8Array, piece = 1000): AsyncGenerator<Uint8Array> {
  const bytes = typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
  for (let start = 0; start < bytes.length; start += piece) yield bytes.subarray(start, start + piece);
}

/** What the files of {@link GOLDENS} hold, and scikit-learn's answers. */
export interface DataGoldens {
  rows: Record<string, unknown>[];
  folds: {
    k: number;
    labels: number[];
    groups: number[];
    plain: number[][];
    stratified: number[][];
    grouped: number[][];
  }[];
  weights: { labels: (string | number)[]; classWeight: number[]; sampleWeight: number[] }[];
}

export async function readGoldens(): Promise<DataGoldens> {
  return JSON.parse(await readFile(join(GOLDENS, 'data_goldens.json'), 'utf8')) as DataGoldens;
}
