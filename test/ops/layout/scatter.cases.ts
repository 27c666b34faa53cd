import { cast, scatter, scatterAdd, tensor, zeros } from '../../../lib/index.js';
import { type ErrorCase, integers, type Numbers, opCase, type OpCase, shapeText, sizeOf } from '../cases.js';
import { coordinates } from '../reference.js';

interface Shapes {
  x: readonly number[];
  index: readonly number[];
}

function flat(shape: readonly number[], at: readonly number[]): number {
  return at.reduce((index, i, axis) => index * shape[axis]! + i, 0);
}

function scatterCase(adds: boolean, { x, index }: Shapes, axis: number): OpCase {
  const at = axis < 0 ? axis + x.length : axis;
  return opCase({
    name: `scatter${adds ? '_add' : ''} ${shapeText(x)} axis ${axis} by ${shapeText(index)}`,
    inputs: [{ shape: x }, { shape: index, dtype: 'i32', values: integers(0, x[at]!) }, { shape: index }],
    options: axis,
    run: ([x, index, source], axis) => (adds ? scatterAdd : scatter)(x!, axis, index!, source!),
    reference([from, places, source]): Numbers {
      const data = from!.data.slice();
      for (let i = 0; i < sizeOf(index); i++) {
        const to = flat(x, coordinates(index, i).with(at, places!.data[i]!));
        data[to] = source!.data[i]! + (adds ? data[to]! : 0);
      }
      return { shape: x, data };
    },
  });
}

const shapes: readonly (readonly [Shapes, number])[] = [
  [{ x: [5, 3], index: [7, 3] }, 0],
  [{ x: [2, 4, 9], index: [2, 3, 5] }, 1],
  [{ x: [3, 65], index: [3, 2] }, -1],
  [{ x: [4, 2], index: [0, 2] }, 0],
  [{ x: [20], index: [130] }, 0],
];

export const cases = [true, false].flatMap((adds) => shapes.map(([shape, axis]) => scatterCase(adds, shape, axis)));

export const errors: ErrorCase[] = [
  ...[scatter, scatterAdd].map((op, i): ErrorCase => {
    const name = i === 0 ? 'scatter' : 'scatter_add';
    return {
      name: `${name} of an index out of range`,
      run: (device) =>
        op(zeros([3], { device }), 0, cast(tensor([3], { device }), 'i64'), zeros([1], { device })).data(),
      error: 'DataError',
      message: new RegExp(`^${name}: .*\\[0, 3\\), got 3`),
    };
  }),
  {
    name: 'scatter of a source of another shape',
    run: (device) => scatter(zeros([3], { device }), 0, cast(zeros([2], { device }), 'i64'), zeros([1], { device })),
    error: 'ShapeError',
    message: /^scatter: the source must be \(2\), got \(1\)/,
  },
  {
    name: 'scatter_add of integers',
    run: (device) => {
      const whole = cast(zeros([2], { device }), 'i64');
      return scatterAdd(whole, 0, whole, whole);
    },
    error: 'DTypeError',
    message: /^scatter_add: the dtype must be floating, got i64/,
  },
];
