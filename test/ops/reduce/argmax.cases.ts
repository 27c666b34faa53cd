import { argmax, argmin, type ArgmaxOptions, zeros } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase, quarters, shapeText } from '../cases.js';
import { mapRows } from '../reference.js';

const firstOf = (row: Float64Array, best: number) => row.indexOf(best);

// Quarters have ties: the first one counts.
function lastAxisCase(shape: readonly number[], isMax: boolean): OpCase {
  return opCase<ArgmaxOptions>({
    name: `${isMax ? 'argmax' : 'argmin'} ${shapeText(shape)} axis -1`,
    inputs: [{ shape, values: quarters }],
    options: { axis: -1 },
    run: ([x], options) => (isMax ? argmax : argmin)(x!, options),
    reference: ([x]) => {
      const { shape: kept, data } = mapRows(x!, (row) => [firstOf(row, isMax ? Math.max(...row) : Math.min(...row))]);
      return { shape: kept.slice(0, -1), data };
    },
    gradient: false,
  });
}

export const cases = [
  lastAxisCase([5, 7], true),
  lastAxisCase([2, 3, 65], true),
  lastAxisCase([4, 9], false),
  lastAxisCase([1], true),
  opCase({
    name: 'argmax (3, 5) over all',
    inputs: [{ shape: [3, 5], values: quarters }],
    options: undefined,
    run: ([x]) => argmax(x!),
    reference: ([x]) => ({ shape: [], data: Float64Array.of(firstOf(x!.data, Math.max(...x!.data))) }),
    gradient: false,
  }),
];

export const errors: ErrorCase[] = [
  {
    name: 'argmax of nothing',
    run: (device) => argmax(zeros([2, 0], { device }), { axis: 1 }),
    error: 'ShapeError',
    message: /^argmax: there must be elements to choose from/,
  },
];
