import { describe, expect, it } from 'vitest';
import { SEEDS, readMutations } from './hostile_files.js';

// Parquet and Arrow take longest: most of the ten thousand are texts. hostile.full.test.ts does a million.
const COUNTS = { csv: 3500, text: 5000, parquet: 1000, arrow: 500 };

/** Mutations that took many seconds before their kind of mistake was known, by the reader's name. */
const SLOW: [kind: string, number: number][] = [['parquet', 211_974]];

describe('mutated files', () => {
  it.each(SLOW)('of kind %s are refused as soon, number %i', async (kind, number) => {
    expect((await readMutations(SEEDS[kind]!, 1, number)).slowest).toBeLessThan(2000);
  });

  it.each(Object.entries(COUNTS))('of kind %s give rows or a DataError, soon (%i)', async (kind, count) => {
    const { rows, refused, slowest } = await readMutations(SEEDS[kind]!, count);
    expect(rows + refused).toBe(count);
    expect(Math.min(rows, refused)).toBeGreaterThan(count / 20);
    expect(slowest).toBeLessThan(5000);
  });
});
