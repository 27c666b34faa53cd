import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Shape, type Tensor } from '../../tensor/tensor.js';

/**
 * Elements by index along an axis: y[i] = x[i with its position along the axis replaced by index[i]].
 * @param index i64 or i32, each in [0, size); as many dimensions as x, no larger but along the axis
 * @returns the index's shape
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit; DataError at the next read for an index out
 * of range
 *
 * @example
 * ```ts
 * import { gather, tensor } from 'gridstride';
 * const x = tensor([[1, 2], [3, 4]]);
 * console.log(await gather(x, 1, tensor([[1], [0]], { dtype: 'i64' })).toArray()); // [ [ 2 ], [ 3 ] ]
 * ```
 */
export const gather = defineOp<[x: Tensor, axis: number, index: Tensor], Tensor, { axis: number; shape: Shape }>({
  name: 'gather',
  forward(context, x, axis, index) {
    context.save(index);
    context.values = { axis, shape: x.shape };
    return callOne((ops) => ops.gather_forward(x.handle, axis, index.handle));
  },
  backward: ({ saved: [index], values: { axis, shape } }, dy) => [
    callOne((ops) => ops.gather_backward(dy!.handle, axis, index!.handle, shape)),
    undefined,
    undefined,
  ],
});
