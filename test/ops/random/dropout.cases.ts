import { dropout, ones, tensor } from '../../../lib/index.js';
import { type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { drop } from '../reference.js';

const SEED = 7;

function dropoutCase(shape: readonly number[], p: number, training = true): OpCase {
  return opCase({
    name: `dropout ${shapeText(shape)} p ${p}${training ? '' : ' at rest'}`,
    inputs: [{ shape }],
    options: p,
    run: ([x], p, context) => {
      // Finite differences call it again and again: each call begins the stream anew.
      const generator = context.generator(SEED);
      return dropout(x!, p, { training, generator });
    },
    reference: ([x], p) => drop(x!, training ? p : 0, SEED),
  });
}

export const cases = [
  dropoutCase([3, 17], 0.25),
  dropoutCase([257], 0.5),
  dropoutCase([5], 0),
  dropoutCase([5], 1),
  dropoutCase([4, 4], 0.5, false),
  dropoutCase([0], 0.5),
];

export const errors: ErrorCase[] = [
  {
    name: 'dropout with p over 1',
    run: (device) => dropout(ones([2], { device }), 1.5),
    error: 'ConfigError',
    message: /^dropout: p must lie in \[0, 1\], got 1.5/,
  },
  {
    name: 'dropout of integers',
    run: (device) => dropout(tensor([1], { device, dtype: 'i32' }), 0.5),
    error: 'DTypeError',
    message: /^dropout: the dtype must be floating, got i32/,
  },
];
