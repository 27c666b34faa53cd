import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import * as metrics from '../../lib/metrics/index.js';

/** A number of a golden file; JSON has neither NaN nor infinities. */
type Value = number | string | null;
type Nested = Value | Nested[] | { [key: string]: Nested };

/** One call of a metric and Python's answer. */
interface GoldenCase {
  name: string;
  run: (form: Form) => unknown;
  expected: Nested;
}

/** How inputs are given: as they are in the file, or lists of numbers as typed arrays and tables flat with a shape. */
type Form = 'arrays' | 'typed arrays';

type Metric = (...args: unknown[]) => unknown;

const SPECIAL: Record<string, number> = { nan: Number.NaN, inf: Infinity, '-inf': -Infinity };
const TOLERANCE = 1e-9;

/** Inputs and answers made by test/golden/metrics/make_<name>.py. */
export function loadCases(name: string): GoldenCase[] {
  const path = join(import.meta.dirname, '../golden/metrics', `${name}.json`);
  const { inputs, groups } = JSON.parse(readFileSync(path, 'utf8')) as {
    inputs: Record<string, unknown>;
    groups: { inputs: string[]; cases: [metric: string, options: Record<string, unknown>, expected: Nested][] }[];
  };
  return groups.flatMap(({ inputs: names, cases }) =>
    cases.map(([metric, options, expected]) => ({
      name: `${metric}(${names.join('; ')}; ${JSON.stringify(options)})`,
      expected,
      run: (form) => {
        const given = Object.entries(options).map(([key, option]) => [key, optionOf(option, inputs, form)]);
        const args = names.map((input) => inForm(inputs[input], form));
        return (metrics as unknown as Record<string, Metric>)[metric]!(...args, Object.fromEntries(given));
      },
    })),
  );
}

function optionOf(option: unknown, inputs: Record<string, unknown>, form: Form): unknown {
  if (typeof option !== 'string') return option;
  return option.startsWith('@') ? inForm(inputs[option.slice(1)], form) : (SPECIAL[option] ?? option);
}

function inForm(input: unknown, form: Form): unknown {
  if (form === 'arrays' || !Array.isArray(input) || typeof input[0] === 'string') return input;
  if (!Array.isArray(input[0])) return Float64Array.from(input as number[]);
  const shape = [input.length, (input[0] as number[]).length];
  return { data: Float64Array.from(input.flat() as number[]), shape };
}

/** Compares numbers, lists and objects with a golden, to 1e-9 (of the value, where it is above 1). */
export function expectGolden(got: unknown, golden: Nested): void {
  if (typeof golden === 'number' || (typeof golden === 'string' && golden in SPECIAL)) {
    const wanted = typeof golden === 'number' ? golden : SPECIAL[golden];
    if (typeof golden === 'string') expect(got).toBe(wanted);
    else expect(Math.abs((got as number) - golden) / Math.max(1, Math.abs(golden))).toBeLessThanOrEqual(TOLERANCE);
  } else if (golden === null || typeof golden === 'string') {
    expect(got).toBe(golden);
  } else if (Array.isArray(golden)) {
    const values = Symbol.iterator in (got as object) ? [...(got as Iterable<unknown>)] : Object.values(got as object);
    expect(values.length).toBe(golden.length);
    for (const [i, value] of golden.entries()) expectGolden(values[i], value);
  } else {
    expect(Object.keys(got as object)).toEqual(Object.keys(golden));
    for (const [key, value] of Object.entries(golden)) expectGolden((got as Record<string, unknown>)[key], value);
  }
}
