import { describe, expect, it } from 'vitest';
import { SEEDS, readMutations } from './hostile_files.js';

const COUNTS = { csv: 1_000_000, text: 500_000, parquet: 1_000_000, arrow: 100_000 };

describe('mutated files, a million of CSV and of Parquet', () => {
  it.each(Object.entries(COUNTS))(
    'of kind %s give rows or a DataError, soon (%i)',
    async (kind, count) => {
      const { rows, refused, slowest } = await readMutations(SEEDS[kind]!, count, 10_000);
      console.log(`${kind}: ${rows} read, ${refused} refused, the slowest in ${slowest.toFixed(0)} ms`);
      expect(rows + refused).toBe(count);
      expect(slowest).toBeLessThan(10_000);
    },
    3_600_000,
  );
});
