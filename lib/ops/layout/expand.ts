import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Shape, type Tensor } from '../../tensor/tensor.js';
import { reduceTo } from '../reduce_to.js';

/**
 * A view that repeats dimensions of size 1 (and missing leading ones) without copying.
 * @throws ShapeError when x does not broadcast to `sizes`
 *
 * @example
 * ```ts
 * import { expand, tensor } from 'gridstride';
 * console.log(await expand(tensor([1, 2]), [2, 2]).toArray()); // [ [ 1, 2 ], [ 1, 2 ] ]
 * ```
 */
export const expand = defineOp<[x: Tensor, sizes: Shape], Tensor, Shape>({
  name: 'expand',
  forward(context, x, sizes) {
    context.values = x.shape;
    return callOne((ops) => ops.expand(x.handle, sizes));
  },
  backward: ({ values }, dy) => [reduceTo(dy!, values), undefined],
});
