import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';
import { ShapeError } from '../../util/errors.js';

/**
 * A view with the axes in a new order.
 * @throws ShapeError unless `axes` names each dimension once
 *
 * @example
 * ```ts
 * import { permute, zeros } from 'gridstride';
 * console.log(permute(zeros([2, 3, 4]), [2, 0, 1]).shape); // [ 4, 2, 3 ]
 * ```
 */
export const permute = defineOp<[x: Tensor, axes: readonly number[]], Tensor, readonly number[]>({
  name: 'permute',
  forward(context, x, axes) {
    context.values = axes.map((axis) => (axis < 0 ? axis + x.rank : axis));
    return callOne((ops) => ops.permute(x.handle, axes));
  },
  backward({ values }, dy) {
    const inverse = values.map((_, axis) => values.indexOf(axis));
    return [callOne((ops) => ops.permute(dy!.handle, inverse)), undefined];
  },
});

/** A view with two axes exchanged. @throws ShapeError for an axis that is not there */
export function transpose(x: Tensor, axisA: number, axisB: number): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  const a = axisA < 0 ? axisA + x.rank : axisA;
  const b = axisB < 0 ? axisB + x.rank : axisB;
  if (axes[a] === undefined || axes[b] === undefined)
    throw new ShapeError(`transpose: axes must lie in [${-x.rank}, ${x.rank}), got ${axisA} and ${axisB}`);
  [axes[a], axes[b]] = [b, a];
  return permute(x, axes);
}
