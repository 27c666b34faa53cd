import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { attention, debertaBuckets, Segments, t5Buckets, type Tensor, zeros } from '../../../lib/index.js';

interface Case {
  readonly isBidirectional: boolean;
  readonly buckets: number;
  readonly maxDistance: number;
  /** [value, how often, ...] for the distances -3 maxDistance to 3 maxDistance. */
  readonly runs: readonly number[];
}

const file = new URL('../../golden/bucket_goldens.json', import.meta.url);
const goldens = JSON.parse(readFileSync(file, 'utf8')) as Record<'t5' | 'deberta', readonly Case[]>;
const MAKERS = {
  t5: (options: Case) => t5Buckets({ ...options, device: 'cpu' }),
  deberta: (options: Case) => debertaBuckets({ ...options, device: 'cpu' }),
};

/** A table as attention reads it: what lies past its reach has the bucket of the reach. */
async function lookUp(table: Tensor, distances: number): Promise<number[]> {
  const values = Array.from(await table.data(), Number);
  const reach = (values.length - 1) / 2;
  return Array.from({ length: 2 * distances + 1 }, (_, i) => {
    const distance = Math.min(Math.max(i - distances, -reach), reach);
    return values[distance + reach]!;
  });
}

describe.each(['t5', 'deberta'] as const)('%s buckets', (kind) => {
  it('has goldens to compare', () => {
    expect(goldens[kind].length).toBeGreaterThan(5);
  });

  it.each(goldens[kind])(
    'equal Python for $buckets buckets to $maxDistance, both ways $isBidirectional',
    async (golden) => {
      const wanted: number[] = [];
      for (let i = 0; i < golden.runs.length; i += 2)
        wanted.push(...Array.from({ length: golden.runs[i + 1]! }, () => golden.runs[i]!));
      using table = MAKERS[kind](golden);
      expect(await lookUp(table, 3 * golden.maxDistance)).toEqual(wanted);
    },
  );
});

describe('bucket tables', () => {
  it.each([
    [
      () => t5Buckets({ isBidirectional: true, buckets: 3 }),
      /t5Buckets: buckets must be a whole number from 4 .* got 3/,
    ],
    [
      () => t5Buckets({ isBidirectional: false, maxDistance: 16 }),
      /maxDistance must be a whole number from 17 .* got 16/,
    ],
    [
      () => debertaBuckets({ maxDistance: 0.5 }),
      /debertaBuckets: maxDistance must be a whole number from 1 .* got 0.5/,
    ],
    [() => debertaBuckets({ maxDistance: 9, buckets: 2 }), /debertaBuckets: buckets must be a whole number from 4 /],
    [
      () => debertaBuckets({ maxDistance: 9, buckets: 16 }),
      /maxDistance must be above buckets \/ 2 \+ 1, got 9 for 16/,
    ],
  ])('refuses sizes that make none (%#)', (make, message) => {
    expect(make).toThrow(message);
  });

  it('is checked against the terms on the line of the call', () => {
    const q = zeros([2, 1, 4], { device: 'cpu' });
    const bias = {
      row: zeros([1, 1, 7], { device: 'cpu' }),
      bucketOf: t5Buckets({ isBidirectional: true, buckets: 8, maxDistance: 4, device: 'cpu' }),
    };
    expect(() => attention(q, q, q, { q: Segments.fromLengths([2], 'cpu'), bias })).toThrow(
      'attention: ids must lie in [0, 7), got 7 at position 8',
    );
  });
});
