import { cast, indexSelect, tensor, zeros } from '../../../lib/index.js';
import { type ErrorCase, integers, opCase, type OpCase, shapeText } from '../cases.js';
import { coordinates, element, make } from '../reference.js';

function selectCase(shape: readonly number[], axis: number, count: number): OpCase {
  const at = axis < 0 ? axis + shape.length : axis;
  return opCase({
    name: `index_select ${shapeText(shape)} axis ${axis} by ${count}`,
    inputs: [{ shape }, { shape: [count], dtype: 'i64', values: integers(0, shape[at]!) }],
    options: axis,
    run: ([x, index], axis) => indexSelect(x!, axis, index!),
    reference: ([x, index]) => {
      const out = shape.with(at, count);
      return make(out, (i) => {
        const place = coordinates(out, i);
        return element(x!, place.with(at, index!.data[place[at]!]!));
      });
    },
  });
}

export const cases = [
  selectCase([5, 3], 0, 7),
  selectCase([2, 4, 17], 1, 3),
  selectCase([3, 5], -1, 2),
  selectCase([4], 0, 0),
];

export const errors: ErrorCase[] = [
  {
    name: 'index_select of an index out of range',
    run: (device) => indexSelect(zeros([3], { device }), 0, cast(tensor([3], { device }), 'i64')).data(),
    error: 'DataError',
    message: /^index_select: .*\[0, 3\), got 3/,
  },
  {
    name: 'index_select along an axis that is not there',
    run: (device) => indexSelect(zeros([3], { device }), 1, tensor([0], { device, dtype: 'i64' })),
    error: 'ShapeError',
    message: /^index_select: axis must lie in \[-1, 1\), got 1/,
  },
];
