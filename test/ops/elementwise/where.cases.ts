import { tensor, where, zeros } from '../../../lib/index.js';
import { type ErrorCase, integers, opCase, type OpCase, shapeText } from '../cases.js';
import { zip } from '../reference.js';

function whereCase(condition: readonly number[], a: readonly number[], b: readonly number[]): OpCase {
  return opCase({
    name: `where ${shapeText(condition)} of ${shapeText(a)} and ${shapeText(b)}`,
    inputs: [{ shape: condition, dtype: 'bool', values: integers(0, 2) }, { shape: a }, { shape: b }],
    options: undefined,
    run: ([c, x, y]) => where(c!, x!, y!),
    reference: (inputs) => zip(inputs, (c, x, y) => (c !== 0 ? x! : y!)),
  });
}

export const cases = [
  whereCase([3, 17], [3, 17], [3, 17]),
  whereCase([4, 1], [2, 1, 5], [5]),
  opCase({
    name: 'where (7) of (2, 7) and a number',
    inputs: [{ shape: [7], dtype: 'bool', values: integers(0, 2) }, { shape: [2, 7] }],
    options: 0.5,
    run: ([c, x], number) => where(c!, x!, number),
    reference: (inputs, number) => zip(inputs, (c, x) => (c !== 0 ? x! : number)),
  }),
];

export const errors: ErrorCase[] = [
  {
    name: 'where with a condition that is no boolean',
    run: (device) => where(zeros([2], { device }), zeros([2], { device }), 1),
    error: 'DTypeError',
    message: /^where: the condition must be bool, got f32/,
  },
  {
    name: 'where between two numbers',
    run: (device) => where(tensor([true], { device }), 1, 2),
    error: 'DTypeError',
    message: /^where: a or b must be a tensor/,
  },
];
