import * as ops from '../../../lib/index.js';
import { between, type CaseInput, type ErrorCase, opCase, type OpCase, shapeText } from '../cases.js';
import { map, zip } from '../reference.js';

type Values = NonNullable<CaseInput['values']>;

interface Formula {
  op: (a: ops.Operand, b: ops.Operand) => ops.Tensor;
  f: (a: number, b: number) => number;
  a?: Values;
  b?: Values;
}

const positive = between(0.5, 2);

const FORMULAS: Readonly<Record<string, Formula>> = {
  add: { op: ops.add, f: (a, b) => a + b },
  sub: { op: ops.sub, f: (a, b) => a - b },
  mul: { op: ops.mul, f: (a, b) => a * b },
  div: { op: ops.div, f: (a, b) => a / b, b: positive },
  pow: { op: ops.pow, f: (a, b) => a ** b, a: positive },
  maximum: { op: ops.maximum, f: Math.max },
  minimum: { op: ops.minimum, f: Math.min },
};

function pairCase(name: string, a: readonly number[], b: readonly number[]): OpCase {
  const formula = FORMULAS[name]!;
  return opCase({
    name: `binary ${name} ${shapeText(a)} and ${shapeText(b)}`,
    inputs: [
      { shape: a, ...(formula.a ? { values: formula.a } : {}) },
      { shape: b, ...(formula.b ? { values: formula.b } : {}) },
    ],
    options: undefined,
    run: ([x, y]) => formula.op(x!, y!),
    reference: (inputs) => zip(inputs, formula.f as (...values: number[]) => number),
  });
}

function numberCase(name: string, number: number, isFirst: boolean): OpCase {
  const formula = FORMULAS[name]!;
  return opCase({
    name: `binary ${name} of ${isFirst ? `${number} and (2, 9)` : `(2, 9) and ${number}`}`,
    inputs: [{ shape: [2, 9], values: positive }],
    options: number,
    run: ([x], number) => (isFirst ? formula.op(number, x!) : formula.op(x!, number)),
    reference: ([x], number) => map(x!, (v) => (isFirst ? formula.f(number, v) : formula.f(v, number))),
  });
}

export const cases = Object.keys(FORMULAS).flatMap((name) => [
  pairCase(name, [3, 17], [3, 17]),
  pairCase(name, [2, 1, 5], [3, 1]),
  numberCase(name, 1.5, false),
  numberCase(name, 0.75, true),
]);
cases.push(pairCase('add', [], [4]), pairCase('mul', [0, 3], [3]), pairCase('add', [2, 1, 3, 1, 2, 1], [4, 1, 5]));

export const errors: ErrorCase[] = [
  {
    name: 'binary add of shapes that do not broadcast',
    run: (device) => ops.add(ops.zeros([2, 3], { device }), ops.zeros([4], { device })),
    error: 'ShapeError',
    message: /^binary: shapes must broadcast, got \(2, 3\) and \(4\)/,
  },
  ...[undefined, null, '1'].map((wrong) => ({
    name: `binary add of ${String(wrong)}`,
    run: (device: string) => ops.add(ops.zeros([2], { device }), wrong as never),
    error: 'DataError' as const,
    message: /^add: operands must be tensors or numbers, got (undefined|null|string)$/,
  })),
  {
    name: 'binary add of two dtypes',
    run: (device) => ops.add(ops.zeros([2], { device }), ops.zeros([2], { device, dtype: 'f16' })),
    error: 'DTypeError',
    message: /^binary: tensors must share a dtype, got f32 and f16/,
  },
  {
    name: 'binary div of integers by zero',
    run: (device) =>
      ops.div(ops.tensor([1, 2], { device, dtype: 'i32' }), ops.tensor([1, 0], { device, dtype: 'i32' })),
    error: 'DataError',
    message: /div: an integer divisor must not be 0/,
  },
];
