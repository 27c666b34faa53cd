import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';

/**
 * Slices of x by index along an axis.
 * @param index (K), i64 or i32, each in [0, size)
 * @returns x's shape with K along the axis
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit; DataError at the next read for an index out
 * of range
 *
 * @example
 * ```ts
 * import { indexSelect, tensor } from 'gridstride';
 * const x = tensor([[1, 2], [3, 4], [5, 6]]);
 * console.log(await indexSelect(x, 0, tensor([2, 0], { dtype: 'i64' })).toArray()); // [ [ 5, 6 ], [ 1, 2 ] ]
 * ```
 */
export const indexSelect = defineOp<[x: Tensor, axis: number, index: Tensor], Tensor, { axis: number; size: number }>({
  name: 'indexSelect',
  forward(context, x, axis, index) {
    context.save(index);
    const at = axis < 0 ? axis + x.rank : axis;
    context.values = { axis: at, size: x.shape[at] ?? 0 };
    return callOne((ops) => ops.index_select_forward(x.handle, axis, index.handle));
  },
  backward: ({ saved: [index], values: { axis, size } }, dy) => [
    callOne((ops) => ops.index_select_backward(dy!.handle, axis, index!.handle, size)),
    undefined,
    undefined,
  ],
});
