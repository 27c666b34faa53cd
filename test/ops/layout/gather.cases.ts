import { cast, gather, tensor, zeros } from '../../../lib/index.js';
import { type ErrorCase, integers, opCase, type OpCase, shapeText } from '../cases.js';
import { coordinates, element, make } from '../reference.js';

function gatherCase(shape: readonly number[], axis: number, index: readonly number[]): OpCase {
  const at = axis < 0 ? axis + shape.length : axis;
  return opCase({
    name: `gather ${shapeText(shape)} axis ${axis} by ${shapeText(index)}`,
    inputs: [{ shape }, { shape: index, dtype: 'i32', values: integers(0, shape[at]!) }],
    options: axis,
    run: ([x, index], axis) => gather(x!, axis, index!),
    reference: ([x, places]) => make(index, (i) => element(x!, coordinates(index, i).with(at, places!.data[i]!))),
  });
}

export const cases = [
  gatherCase([5, 3], 0, [7, 3]),
  gatherCase([2, 4, 9], 1, [2, 3, 5]),
  gatherCase([3, 65], -1, [3, 2]),
  gatherCase([4, 2], 1, [0, 2]),
];

export const errors: ErrorCase[] = [
  {
    name: 'gather of an index out of range',
    run: (device) => gather(zeros([3], { device }), 0, cast(tensor([-1], { device }), 'i64')).data(),
    error: 'DataError',
    message: /^gather: .*\[0, 3\), got -1/,
  },
  {
    name: 'gather by an index that is too large',
    run: (device) => gather(zeros([3, 2], { device }), 0, cast(zeros([1, 3], { device }), 'i64')),
    error: 'ShapeError',
    message: /^gather: the index must not exceed x but along axis 0/,
  },
];
