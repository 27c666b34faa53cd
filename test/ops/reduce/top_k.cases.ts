import { topK, zeros } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { mapRows } from '../reference.js';

interface Options {
  k: number;
  smallest: boolean;
}

// Distinct multiples of 1/8 per row, exact in every dtype: a rank that rounding could change would prove nothing.
const distinct = (i: number) => (((i * 37) % 101) - 50) / 8;

function topKCase(shape: readonly number[], k: number, smallest = false): OpCase {
  return opCase<Options>({
    name: `top_k ${shapeText(shape)} k ${k}${smallest ? ' smallest' : ''}`,
    inputs: [{ shape, values: distinct }],
    options: { k, smallest },
    run: ([x], { k, smallest }) => {
      const { values, indices } = topK(x!, k, { smallest });
      return [values, indices];
    },
    reference: ([x], { k, smallest }) => {
      const order = (row: Float64Array) =>
        Array.from(row.keys())
          .sort((a, b) => (smallest ? row[a]! - row[b]! : row[b]! - row[a]!) || a - b)
          .slice(0, k);
      return [mapRows(x!, (row) => order(row).map((i) => row[i]!)), mapRows(x!, order)];
    },
  });
}

export const cases = [topKCase([3, 9], 4), topKCase([2, 2, 33], 5, true), topKCase([7], 7), topKCase([2, 5], 1)];

export const errors: ErrorCase[] = [
  {
    name: 'top_k with k over the size',
    run: (device) => topK(zeros([2, 3], { device }), 4),
    error: 'ShapeError',
    message: /^top_k: k must lie in \[0, size of the last axis\], got 4 for \(2, 3\)/,
  },
];
