import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Label } from '../../lib/metrics/index.js';

/** A number of a golden file; JSON has no NaN. */
type Value = number | 'nan' | null;
type Nested = Value | Nested[] | { [key: string]: Nested };

export interface MetricsCase {
  name: string;
  true: Label[];
  pred: Label[];
  labels?: Label[];
  zero?: number | 'nan';
  accuracy: number;
  /** By average and beta: precision, recall, F score, support. */
  scores: Record<string, Nested[]>;
  matrix: Record<string, number[][]>;
  report: Record<string, string>;
  dict?: Nested;
}

const path = join(import.meta.dirname, '../golden/metrics_goldens.json');

/** Inputs and scikit-learn's answers, made by test/golden/make_metrics_goldens.py. */
export const METRICS_CASES = (JSON.parse(readFileSync(path, 'utf8')) as { cases: MetricsCase[] }).cases;

export const zeroDivisionOf = ({ zero }: MetricsCase): number => (zero === 'nan' ? Number.NaN : (zero ?? 0));

/** Compares numbers, lists and objects with a golden, to 1e-11. */
export function expectGolden(got: unknown, golden: Nested): void {
  if (golden === null || typeof golden === 'string') {
    expect(got).toEqual(golden === 'nan' ? Number.NaN : golden);
  } else if (typeof golden === 'number') {
    expect(got).toBeCloseTo(golden, 11);
  } else {
    expect(Object.keys(got as object)).toEqual(Object.keys(golden));
    for (const [key, value] of Object.entries(golden)) expectGolden((got as Record<string, unknown>)[key], value);
  }
}
