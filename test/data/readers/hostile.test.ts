import { describe, expect, it } from 'vitest';
import { SEEDS, readMutations } from './hostile_files.js';

// Parquet and Arrow take longest: most of the ten thousand are texts. hostile.full.test.ts does a million.
const COUNTS = { csv: 3500, text: 5000, parquet: 1000, arrow: 500 };

describe('mutated files', () => {
  it.each(Object.entries(COUNTS))('of kind %s give rows or a DataError, soon (%i)', async (kind, count) => {
    const { rows, refused, slowest } = await readMutations(SEEDS[kind]!, count);
    expect(rows + refused).toBe(count);
    expect(Math.min(rows, refused)).toBeGreaterThan(count / 20);
    expect(slowest).toBeLessThan(5000);
  });
});
