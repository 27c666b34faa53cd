import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor, uploadTensor } from '../../tensor/tensor.js';

type Arguments = [x: Tensor, axis: number, index: Tensor, source: Tensor];

/** Where a source element was the last of its place, and so is the one that is there. */
function isLast(index: Tensor, axis: number, like: Tensor): Tensor {
  const at = axis < 0 ? axis + index.rank : axis;
  const positions = Int32Array.from({ length: index.shape[at]! }, (_, i) => i);
  const along = uploadTensor(
    positions,
    'i32',
    index.shape.map((n, i) => (i === at ? n : 1)),
    index.device,
  );
  const all = callOne((ops) => ops.expand(along.handle, index.shape));
  const none = callOne((ops) => ops.fill(like.shape, 0, 'i32', index.device));
  const put = callOne((ops) => ops.scatter(none.handle, axis, index.handle, all.handle));
  const winners = callOne((ops) => ops.gather_forward(put.handle, axis, index.handle));
  return callOne((ops) => ops.binary('eq', winners.handle, all.handle));
}

/**
 * A copy of x with elements replaced by index along an axis: y[i with its position along the axis replaced by index[i]]
 * = source[i]. Of equal places the last along the axis wins, and gets the gradient.
 * @param index i64 or i32, each in [0, size); as many dimensions as x, no larger but along the axis
 * @param source the index's shape, x's dtype
 * @returns x's shape
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit; DataError at the next read for an index out
 * of range
 *
 * @example
 * ```ts
 * import { scatter, tensor, zeros } from 'gridstride';
 * const index = tensor([[2], [0]], { dtype: 'i64' });
 * const y = scatter(zeros([2, 3]), 1, index, tensor([[5], [7]]));
 * console.log(await y.toArray()); // [ [ 0, 0, 5 ], [ 7, 0, 0 ] ]
 * ```
 */
export const scatter = defineOp<Arguments, Tensor, number>({
  name: 'scatter',
  forward(context, x, axis, index, source) {
    context.save(index);
    context.values = axis;
    return callOne((ops) => ops.scatter(x.handle, axis, index.handle, source.handle));
  },
  backward({ saved: [saved], values: axis, needs }, dy) {
    const index = saved!;
    const nothing = callOne((ops) => ops.fill(index.shape, 0, dy!.dtype, dy!.device));
    const dx = needs[0] ? callOne((ops) => ops.scatter(dy!.handle, axis, index.handle, nothing.handle)) : undefined;
    if (!needs[3]) return [dx, undefined, undefined, undefined];
    const last = isLast(index, axis, dy!);
    const all = callOne((ops) => ops.gather_forward(dy!.handle, axis, index.handle));
    return [dx, undefined, undefined, callOne((ops) => ops.where(last.handle, all.handle, nothing.handle))];
  },
});

/**
 * A copy of x with elements added to by index along an axis: y[i with its position along the axis replaced by index[i]]
 * += source[i], in a fixed order and in f32 (f64 for f64).
 * @param index i64 or i32, each in [0, size); as many dimensions as x, no larger but along the axis
 * @param source the index's shape, x's dtype
 * @returns x's shape
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit; DataError at the next read for an index out
 * of range
 *
 * @example
 * ```ts
 * import { ones, scatterAdd, tensor, zeros } from 'gridstride';
 * const y = scatterAdd(zeros([3]), 0, tensor([2, 0, 2], { dtype: 'i64' }), ones([3]));
 * console.log(await y.toArray()); // [ 1, 0, 2 ]
 * ```
 */
export const scatterAdd = defineOp<Arguments, Tensor, number>({
  name: 'scatterAdd',
  forward(context, x, axis, index, source) {
    context.save(index);
    context.values = axis;
    return callOne((ops) => ops.scatter_add(x.handle, axis, index.handle, source.handle));
  },
  backward: ({ saved: [index], values: axis, needs }, dy) => [
    dy,
    undefined,
    undefined,
    needs[3] ? callOne((ops) => ops.gather_forward(dy!.handle, axis, index!.handle)) : undefined,
  ],
});
