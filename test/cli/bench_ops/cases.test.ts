import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadCases } from '../../../lib/cli/bench_ops/cases.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gridstride-cases-'));
  await mkdir(join(folder, 'norm'));
  await writeFile(join(folder, 'package.json'), '{ "type": "module" }');
  const input = (n: number) => `{ shape: [${n}] }`;
  await writeFile(
    join(folder, 'norm', 'layer_norm.cases.js'),
    `export const cases = [{ name: 'small', inputs: [${input(2)}] }, { name: 'large', inputs: [${input(9)}] }];`,
  );
  await writeFile(
    join(folder, 'matmul.cases.js'),
    `export const cases = [{ name: 'huge', inputs: [${input(99)}] }, { name: 'marked', bench: true, inputs: [] }];`,
  );
});
afterAll(() => rm(folder, { recursive: true }));

it('takes the cases made for benches, else the largest', async () => {
  const found = await loadCases(undefined, folder);
  const names = found.map(({ op, cases }) => [op, cases.map(({ name }) => name)]);
  expect(names).toEqual([
    ['matmul', ['marked']],
    ['layer_norm', ['large']],
  ]);
});

it('filters by op and by case', async () => {
  expect((await loadCases('norm', folder)).map(({ op }) => op)).toEqual(['layer_norm']);
  expect((await loadCases('marked', folder)).map(({ op }) => op)).toEqual(['matmul']);
  await expect(loadCases('softmax', folder)).rejects.toThrow(/must match an op or a case, got softmax/);
});

it('says what to do where there are no cases, as in the installed package', async () => {
  await expect(loadCases(undefined, join(folder, 'nothing'))).rejects.toThrow(/source checkout has them once built/);
});
