import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Shape, type Tensor } from '../../tensor/tensor.js';
import { ShapeError } from '../../util/errors.js';

/**
 * The elements in order under another shape; a view where x is dense, else a copy.
 * @param sizes one of them may be -1: it is worked out from the others
 * @throws ShapeError when the number of elements differs
 *
 * @example
 * ```ts
 * import { reshape, tensor } from 'gridstride';
 * console.log(reshape(tensor([1, 2, 3, 4, 5, 6]), [2, -1]).shape); // [ 2, 3 ]
 * ```
 */
export const reshape = defineOp<[x: Tensor, sizes: Shape], Tensor, Shape>({
  name: 'reshape',
  forward(context, x, sizes) {
    context.values = x.shape;
    const y = callOne((ops) => ops.reshape(x.handle, sizes));
    y.host = x.host;
    return y;
  },
  backward: ({ values }, dy) => [callOne((ops) => ops.reshape(dy!.handle, values)), undefined],
});

const normalized = (op: string, axis: number, rank: number): number => {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError(`${op}: axis must lie in [${-rank}, ${rank}), got ${axis}`, { axis, rank });
  return axis < 0 ? axis + rank : axis;
};

/** A view with a dimension of size 1 before `axis`; -1 adds it at the end. @throws ShapeError */
export function unsqueeze(x: Tensor, axis: number): Tensor {
  const at = normalized('unsqueeze', axis, x.rank + 1);
  return reshape(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]);
}

/** A view without the dimension `axis`, whose size must be 1. @throws ShapeError */
export function squeeze(x: Tensor, axis: number): Tensor {
  const at = normalized('squeeze', axis, x.rank);
  if (x.shape[at] !== 1)
    throw new ShapeError(`squeeze: the size along axis ${at} must be 1, got (${x.shape.join(', ')})`, { axis: at });
  return reshape(x, x.shape.toSpliced(at, 1));
}
