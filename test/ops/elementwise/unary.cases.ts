import * as ops from '../../../lib/index.js';
import { between, type CaseInput, type ErrorCase, opCase, type OpCase, quarters } from '../cases.js';
import { erf, map } from '../reference.js';

type Unary = (x: ops.Tensor) => ops.Tensor;

interface Formula {
  op: Unary;
  f: (x: number) => number;
  values?: NonNullable<CaseInput['values']>;
  gradient?: false;
}

const positive = between(0.25, 4);
const awayFromZero = (i: number, random: () => number) => (i % 2 === 0 ? 1 : -1) * (0.5 + random());
// Exact in every dtype, so that jumps fall the same way before and after rounding.
const jumps = { values: quarters, gradient: false } as const;
const special = (i: number) => [0, 1, -2, NaN, Infinity, -Infinity, 0.5][i % 7]!;

const FORMULAS: Readonly<Record<string, Formula>> = {
  neg: { op: ops.neg, f: (x) => -x },
  abs: { op: ops.abs, f: Math.abs, values: awayFromZero },
  sign: { op: ops.sign, f: Math.sign, ...jumps },
  square: { op: ops.square, f: (x) => x * x },
  reciprocal: { op: ops.reciprocal, f: (x) => 1 / x, values: awayFromZero },
  sqrt: { op: ops.sqrt, f: Math.sqrt, values: positive },
  rsqrt: { op: ops.rsqrt, f: (x) => 1 / Math.sqrt(x), values: positive },
  exp: { op: ops.exp, f: Math.exp, values: between(-3, 3) },
  log: { op: ops.log, f: Math.log, values: positive },
  erf: { op: ops.erf, f: erf, values: between(-3, 3) },
  sin: { op: ops.sin, f: Math.sin, values: between(-6, 6) },
  cos: { op: ops.cos, f: Math.cos, values: between(-6, 6) },
  floor: { op: ops.floor, f: Math.floor, ...jumps },
  ceil: { op: ops.ceil, f: Math.ceil, ...jumps },
  is_nan: { op: ops.isNaN, f: (x) => Number(Number.isNaN(x)), values: special, gradient: false },
  is_finite: { op: ops.isFinite, f: (x) => Number(Number.isFinite(x)), values: special, gradient: false },
  logical_not: { op: ops.logicalNot, f: (x) => Number(x === 0), ...jumps },
};

function unaryCase(name: string, { op, f, values, gradient }: Formula): OpCase {
  return opCase({
    name: `unary ${name} (3, 23)`,
    inputs: [{ shape: [3, 23], ...(values === undefined ? {} : { values }) }],
    options: undefined,
    run: ([x]) => op(x!),
    reference: ([x]) => map(x!, f),
    ...(gradient === undefined ? {} : { gradient }),
  });
}

export const cases = Object.entries(FORMULAS).map(([name, formula]) => unaryCase(name, formula));

export const errors: ErrorCase[] = [
  {
    name: 'unary exp of integers',
    run: (device) => ops.exp(ops.tensor([1], { device, dtype: 'i32' })),
    error: 'DTypeError',
    message: /^exp: the dtype must be floating, got i32/,
  },
];
