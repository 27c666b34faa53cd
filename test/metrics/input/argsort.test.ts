import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { argsort } from '../../../lib/metrics/input/argsort.js';
import '../../seeded.js';

const byComparison = (values: readonly number[]): number[] =>
  values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!);

describe('argsort', () => {
  it('orders long lists as short ones, equal values in their order', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }).map((x) => (x === 0 ? 0 : x)),
      fc.integer({ min: -3, max: 3 }),
      fc.constantFrom(Infinity, -Infinity, Number.MIN_VALUE, -Number.MIN_VALUE, 1e308),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 40 }), (part) => {
        const long = Array.from({ length: 5000 }, (_, i) => part[i % part.length]! * (i % 3 === 0 ? 1 : 0.5) + 0);
        expect([...argsort(long)]).toEqual(byComparison(long));
        expect([...argsort(part)]).toEqual(byComparison(part));
      }),
      { numRuns: 30 },
    );
  });

  it('puts -0 beside 0 and takes f32', () => {
    const zeros = Float32Array.from({ length: 6000 }, (_, i) => [0, -0, 1, -1][i % 4]!);
    const sorted = [...argsort(zeros)].map((i) => zeros[i]! + 0);
    expect(sorted).toEqual([...zeros].map((x) => x + 0).sort((a, b) => a - b));
  });
});
