import * as ops from '../../../lib/index.js';
import { opCase, type OpCase, quarters } from '../cases.js';
import { zip } from '../reference.js';

type Compare = (a: ops.Operand, b: ops.Operand) => ops.Tensor;

const FORMULAS: readonly [string, Compare, (a: number, b: number) => boolean][] = [
  ['equal', ops.equal, (a, b) => a === b],
  ['notEqual', ops.notEqual, (a, b) => a !== b],
  ['less', ops.less, (a, b) => a < b],
  ['lessEqual', ops.lessEqual, (a, b) => a <= b],
  ['greater', ops.greater, (a, b) => a > b],
  ['greaterEqual', ops.greaterEqual, (a, b) => a >= b],
  ['logicalAnd', ops.logicalAnd, (a, b) => a !== 0 && b !== 0],
  ['logicalOr', ops.logicalOr, (a, b) => a !== 0 || b !== 0],
];

// Quarters are exact in every dtype and often equal.
export const cases: OpCase[] = FORMULAS.map(([name, op, f]) =>
  opCase({
    name: `compare ${name} (3, 1, 13) and (2, 13)`,
    inputs: [
      { shape: [3, 1, 13], values: quarters },
      { shape: [2, 13], values: quarters },
    ],
    options: undefined,
    run: ([a, b]) => op(a!, b!),
    reference: (inputs) => zip(inputs, (a, b) => Number(f(a!, b!))),
    gradient: false,
  }),
);
