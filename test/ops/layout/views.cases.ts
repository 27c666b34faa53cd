import * as ops from '../../../lib/index.js';
import { type ErrorCase, type Numbers, opCase, type OpCase, shapeText } from '../cases.js';
import { coordinates, element, make } from '../reference.js';

type Run = (tensors: readonly ops.Tensor[]) => ops.Tensor | readonly ops.Tensor[];
type Reference = (inputs: readonly Numbers[]) => Numbers | readonly Numbers[];

function viewCase(name: string, shapes: readonly (readonly number[])[], run: Run, reference: Reference): OpCase {
  return opCase({ name, inputs: shapes.map((shape) => ({ shape })), options: undefined, run, reference });
}

function reshapeCase(from: readonly number[], to: readonly number[], result = to): OpCase {
  return viewCase(
    `reshape ${shapeText(from)} to ${shapeText(to)}`,
    [from],
    ([x]) => ops.reshape(x!, to),
    ([x]) => ({ shape: result, data: x!.data }),
  );
}

function permuteCase(shape: readonly number[], axes: readonly number[]): OpCase {
  const out = axes.map((axis) => shape.at(axis)!);
  return viewCase(
    `permute ${shapeText(shape)} to ${shapeText(axes)}`,
    [shape],
    ([x]) => ops.permute(x!, axes),
    ([x]) =>
      make(out, (i) => {
        const at = coordinates(out, i);
        return element(
          x!,
          shape.map((_, axis) => at[axes.findIndex((a) => (a < 0 ? a + shape.length : a) === axis)]!),
        );
      }),
  );
}

/** The part [begin, end) along an axis. */
function part(x: Numbers, axis: number, begin: number, end: number): Numbers {
  const shape = x.shape.with(axis, end - begin);
  return make(shape, (i) => {
    const at = coordinates(shape, i);
    return element(x, at.with(axis, at[axis]! + begin));
  });
}

function sliceCase(shape: readonly number[], axis: number, begin: number, end: number): OpCase {
  const at = axis < 0 ? axis + shape.length : axis;
  const positive = (n: number) => (n < 0 ? n + shape[at]! : n);
  return viewCase(
    `slice ${shapeText(shape)} axis ${axis} from ${begin} to ${end}`,
    [shape],
    ([x]) => ops.slice(x!, axis, begin, end),
    ([x]) => part(x!, at, positive(begin), positive(end)),
  );
}

function concatCase(shapes: readonly (readonly number[])[], axis: number): OpCase {
  const total = shapes.reduce((sum, shape) => sum + shape[axis]!, 0);
  const out = shapes[0]!.with(axis, total);
  return viewCase(
    `concat ${shapes.map(shapeText).join(' ')} axis ${axis}`,
    shapes,
    (tensors) => ops.concat(tensors, axis),
    (inputs) =>
      make(out, (i) => {
        const at = coordinates(out, i);
        let which = 0;
        let place = at[axis]!;
        while (place >= inputs[which]!.shape[axis]!) place -= inputs[which++]!.shape[axis]!;
        return element(inputs[which]!, at.with(axis, place));
      }),
  );
}

function expandCase(shape: readonly number[], to: readonly number[]): OpCase {
  return viewCase(
    `expand ${shapeText(shape)} to ${shapeText(to)}`,
    [shape],
    ([x]) => ops.expand(x!, to),
    ([x]) => make(to, (i) => element(x!, coordinates(to, i))),
  );
}

export const cases = [
  reshapeCase([2, 6], [3, 4]),
  reshapeCase([4, 3, 2], [4, -1], [4, 6]),
  reshapeCase([6], [2, 1, 3]),
  reshapeCase([0, 3], [3, 0]),
  permuteCase([2, 3, 5], [2, 0, 1]),
  permuteCase([3, 4], [-1, 0]),
  sliceCase([5, 7], 0, 1, 4),
  sliceCase([2, 9], -1, -4, -1),
  sliceCase([3, 2], 0, 1, 1),
  expandCase([3, 1], [2, 3, 5]),
  expandCase([4], [4]),
  concatCase(
    [
      [2, 3],
      [1, 3],
      [4, 3],
    ],
    0,
  ),
  concatCase(
    [
      [2, 3],
      [2, 0],
      [2, 5],
    ],
    1,
  ),
  viewCase(
    'split (4, 6) axis 1 into 3',
    [[4, 6]],
    ([x]) => ops.split(x!, 1, 3),
    ([x]) => [part(x!, 1, 0, 2), part(x!, 1, 2, 4), part(x!, 1, 4, 6)],
  ),
  viewCase(
    'split (5, 2) axis 0 into 2 + 3',
    [[5, 2]],
    ([x]) => ops.split(x!, 0, [2, 3]),
    ([x]) => [part(x!, 0, 0, 2), part(x!, 0, 2, 5)],
  ),
  viewCase(
    'stack (3) (3) axis -1',
    [[3], [3]],
    (tensors) => ops.stack(tensors, -1),
    ([a, b]) => make([3, 2], (i) => (i % 2 === 0 ? a! : b!).data[Math.floor(i / 2)]!),
  ),
  viewCase(
    'contiguous (3, 5)',
    [[3, 5]],
    ([x]) => ops.contiguous(x!),
    ([x]) => x!,
  ),
  viewCase(
    'copy (3, 5)',
    [[3, 5]],
    ([x]) => ops.copy(x!),
    ([x]) => x!,
  ),
];

export const errors: ErrorCase[] = [
  {
    name: 'reshape to another number of elements',
    run: (device) => ops.reshape(ops.zeros([2, 3], { device }), [4]),
    error: 'ShapeError',
    message: /^reshape: sizes must keep 6 elements, got \(2, 3\) to \(4\)/,
  },
  {
    name: 'permute naming an axis twice',
    run: (device) => ops.permute(ops.zeros([2, 3], { device }), [0, 0]),
    error: 'ShapeError',
    message: /^permute: axes must name each dimension once/,
  },
  {
    name: 'slice past the end',
    run: (device) => ops.slice(ops.zeros([2], { device }), 0, 1, 3),
    error: 'ShapeError',
    message: /^slice: the range must lie in \[0, 2\], got \[1, 3\)/,
  },
  {
    name: 'expand to a shape that does not fit',
    run: (device) => ops.expand(ops.zeros([2], { device }), [3]),
    error: 'ShapeError',
    message: /^expand: shapes must broadcast, got \(2\) and \(3\)/,
  },
  {
    name: 'concat of sizes that differ',
    run: (device) => ops.concat([ops.zeros([2, 3], { device }), ops.zeros([2, 4], { device })], 0),
    error: 'ShapeError',
    message: /^concat: sizes must agree but along axis 0, got \(2, 3\) and \(2, 4\)/,
  },
  {
    name: 'split into parts that do not add up',
    run: (device) => ops.split(ops.zeros([5], { device }), 0, 2),
    error: 'ShapeError',
    message: /^split: parts must be whole and add up to 5/,
  },
];
