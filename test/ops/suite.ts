import { readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { type DType, sync } from '../../lib/index.js';
import type { CaseFile, ErrorCase, OpCase } from './cases.js';
import { checkDeviceGradient, checkGradient, checkLeaks, checkValue } from './run_case.js';

const HALVES: readonly DType[] = ['f32', 'bf16', 'f16'];

/** Runs a check; a failure ends with the command that runs it alone. */
async function rerunnable(test: string, check: () => Promise<void>): Promise<void> {
  try {
    await check();
  } catch (error) {
    const pattern = test.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    (error as Error).message += `\nalone: npx vitest run test/ops -t '${pattern}'`;
    throw error;
  }
}

function test(name: string, check: () => Promise<void>): void {
  it(name, () => rerunnable(name, check));
}

function values(opCase: OpCase, places: readonly string[], only?: readonly DType[]): void {
  for (const place of places) {
    const dtypes = opCase.dtypes ?? (place === 'cpu:reference' ? [...HALVES, 'f64' as const] : HALVES);
    for (const dtype of dtypes.filter((each) => only?.includes(each) ?? true))
      test(`${opCase.name}: value on ${place} in ${dtype} equals the reference`, () =>
        checkValue(opCase, place, dtype));
    for (const layout of ['transposed', 'sliced'] as const)
      test(`${opCase.name}: ${layout} inputs on ${place} give the reference's value`, () =>
        checkValue(opCase, place, opCase.dtypes?.[0] ?? only?.[0] ?? 'f32', layout));
  }
}

/** The definition of the gradient, on the reference path alone. */
function finiteDifferences(opCase: OpCase): void {
  if (opCase.gradient === false) return;
  test(`${opCase.name}: gradient equals finite differences`, () => checkGradient(opCase));
  test(`${opCase.name}: gradient of sliced inputs equals finite differences`, () => checkGradient(opCase, 'sliced'));
}

function gradients(opCase: OpCase, places: readonly string[], only?: readonly DType[]): void {
  if (opCase.gradient === false) return;
  for (const place of places)
    for (const dtype of (opCase.dtypes ?? HALVES).filter((each) => only?.includes(each) ?? true))
      test(`${opCase.name}: gradient on ${place} in ${dtype} equals the reference's`, () =>
        checkDeviceGradient(opCase, place, dtype));
}

function failures(errorCase: ErrorCase, places: readonly string[]): void {
  for (const place of places)
    test(`${errorCase.name} on ${place}: throws ${errorCase.error}`, async () => {
      let caught: unknown;
      try {
        await errorCase.run(place);
        await sync(place);
      } catch (error) {
        caught = error;
      }
      await sync(place).catch(() => {});
      expect((caught as Error | undefined)?.name).toBe(errorCase.error);
      expect((caught as Error).message).toMatch(errorCase.message);
    });
}

const files = readdirSync(import.meta.dirname, { encoding: 'utf8', recursive: true }).filter((file) =>
  /\.cases\.[jt]s$/.test(file),
);

/** The part of the cases that a device has code of its own for. */
interface Part {
  folders: readonly string[];
  dtypes: readonly DType[];
}

/** Every case of every op on some devices. `leaks`: those where tensors left behind are looked for. */
export async function describeCases(places: readonly string[], leaks: readonly string[], part?: Part): Promise<void> {
  let count = 0;
  for (const file of files.sort().filter((each) => part?.folders.includes(each.split(path.sep)[0]!) ?? true)) {
    const { cases, errors = [] } = (await import(path.join(import.meta.dirname, file))) as CaseFile;
    describe(path.basename(file).replace(/\.cases\.[jt]s$/, ''), () => {
      for (const opCase of cases.filter(({ bench }) => bench !== true)) {
        count += 1;
        values(opCase, places, part?.dtypes);
        if (places.includes('cpu:reference')) finiteDifferences(opCase);
        gradients(opCase, places, part?.dtypes);
        for (const place of leaks)
          test(`${opCase.name}: no tensor is left behind on ${place}`, () => checkLeaks(opCase, place));
      }
      for (const errorCase of part === undefined ? errors : []) failures(errorCase, places);
    });
  }
  describe('the cases', () => {
    it('are found', () => expect(count).toBeGreaterThan(0));
  });
}
