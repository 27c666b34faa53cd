import * as ops from '../../../lib/index.js';
import { type ErrorCase, type Numbers, opCase, type OpCase, shapeText } from '../cases.js';
import { coordinates } from '../reference.js';

type Kind = 'sum' | 'mean' | 'max' | 'min' | 'prod';

const JOIN: Readonly<Record<Kind, (values: readonly number[]) => number>> = {
  sum: (values) => values.reduce((a, b) => a + b, 0),
  mean: (values) => values.reduce((a, b) => a + b, 0) / values.length,
  max: (values) => Math.max(...values),
  min: (values) => Math.min(...values),
  prod: (values) => values.reduce((a, b) => a * b, 1),
};

function reduced(
  x: Numbers,
  axes: readonly number[],
  keepDims: boolean,
  join: (v: readonly number[]) => number,
): Numbers {
  const gone = axes.map((axis) => (axis < 0 ? axis + x.shape.length : axis));
  const kept = x.shape.map((size, axis) => (gone.includes(axis) ? 1 : size));
  const groups: number[][] = Array.from({ length: kept.reduce((a, b) => a * b, 1) }, () => []);
  x.data.forEach((value, i) => {
    const at = coordinates(x.shape, i);
    groups[kept.reduce((index, size, axis) => index * size + (size === 1 ? 0 : at[axis]!), 0)]!.push(value);
  });
  const shape = keepDims ? kept : kept.filter((_, axis) => !gone.includes(axis));
  return { shape, data: Float64Array.from(groups, join) };
}

function reduceCase(
  kind: Kind,
  shape: readonly number[],
  options: ops.ReduceOptions,
  values?: (i: number, random: () => number) => number,
): OpCase {
  const all = shape.map((_, axis) => axis);
  const notes = `${options.axes ? ` axes ${shapeText(options.axes)}` : ''}${options.keepDims ? ' kept' : ''}`;
  return opCase<ops.ReduceOptions>({
    name: `reduce ${kind} ${shapeText(shape)}${notes}${values ? ' with zeros' : ''}`,
    inputs: [{ shape, ...(values && { values }) }],
    options,
    run: ([x], options) => ops[kind](x!, options),
    reference: ([x], { axes = all, keepDims = false }) => reduced(x!, axes, keepDims, JOIN[kind]),
  });
}

const KINDS: readonly Kind[] = ['sum', 'mean', 'max', 'min', 'prod'];

export const cases = KINDS.flatMap((kind) => [
  reduceCase(kind, [3, 17], { axes: [1] }),
  reduceCase(kind, [5, 33], { axes: [0], keepDims: true }),
  reduceCase(kind, [2, 3, 4, 5], { axes: [-3, 3] }),
  reduceCase(kind, [4, 7], {}),
  reduceCase(kind, [], {}),
]);
cases.push(
  reduceCase('sum', [2, 5000], { axes: [1] }),
  reduceCase('sum', [3, 0], { axes: [1] }),
  reduceCase('max', [0, 3], { axes: [1] }),
  reduceCase('prod', [3, 0], { axes: [1] }),
  // Rows with one zero, with two and with none.
  reduceCase('prod', [3, 5], { axes: [1] }, (i, random) => ([1, 5, 8].includes(i) ? 0 : 0.5 + random())),
  reduceCase('prod', [4, 3, 6], { axes: [0, 2], keepDims: true }, (i, random) => (i % 40 === 7 ? 0 : 0.5 + random())),
  opCase({
    name: 'reduce prod of integers (2, 4)',
    inputs: [{ shape: [2, 4], dtype: 'i32', values: (i) => i - 2 }],
    options: undefined,
    run: ([x]) => ops.prod(x!, { axes: [0] }),
    reference: ([x]) => reduced(x!, [0], false, JOIN.prod),
    gradient: false,
  }),
  opCase({
    name: 'reduce sum of booleans (3, 7)',
    inputs: [{ shape: [3, 7], dtype: 'bool', values: (i) => i % 3 }],
    options: undefined,
    run: ([x]) => ops.sum(x!, { axes: [1] }),
    reference: ([x]) => reduced({ shape: x!.shape, data: x!.data.map(Math.sign) }, [1], false, JOIN.sum),
    gradient: false,
  }),
  { ...reduceCase('sum', [1024, 3072], { axes: [0] }), bench: true },
);

export const errors: ErrorCase[] = [
  {
    name: 'reduce max of nothing',
    run: (device) => ops.max(ops.zeros([2, 0], { device }), { axes: [1] }),
    error: 'ShapeError',
    message: /^max: there must be elements to choose from, got \(2, 0\)/,
  },
  {
    name: 'reduce mean of integers',
    run: (device) => ops.mean(ops.zeros([2], { device, dtype: 'i32' })),
    error: 'DTypeError',
    message: /^mean: the dtype must be floating, got i32/,
  },
  {
    name: 'reduce sum over an axis twice',
    run: (device) => ops.sum(ops.zeros([2, 3], { device }), { axes: [0, -2] }),
    error: 'ShapeError',
    message: /^sum: axes must be named once/,
  },
];
