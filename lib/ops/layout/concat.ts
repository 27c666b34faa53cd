import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';
import { ShapeError } from '../../util/errors.js';
import { unsqueeze } from './reshape.js';

/**
 * Tensors joined along an axis.
 * @throws ShapeError unless they agree in all other sizes, DTypeError, DeviceError
 *
 * @example
 * ```ts
 * import { concat, tensor } from 'gridstride';
 * console.log(await concat([tensor([1, 2]), tensor([3])], 0).toArray()); // [ 1, 2, 3 ]
 * ```
 */
export const concat = defineOp<
  [tensors: readonly Tensor[], axis: number],
  Tensor,
  { axis: number; sizes: readonly number[] }
>({
  name: 'concat',
  forward(context, tensors, axis) {
    const handles = tensors.map((x) => x.handle);
    const y = callOne((ops) => ops.concat(handles, axis));
    const at = axis < 0 ? axis + y.rank : axis;
    context.values = { axis: at, sizes: tensors.map((x) => x.shape[at]!) };
    return y;
  },
  backward({ values: { axis, sizes } }, dy) {
    let begin = 0;
    const parts = sizes.map((size) => {
      begin += size;
      return callOne((ops) => ops.slice(dy!.handle, axis, begin - size, begin));
    });
    return [parts, undefined];
  },
});

/**
 * Tensors of one shape joined along a new axis.
 * @throws ShapeError unless all shapes are equal
 *
 * @example
 * ```ts
 * import { stack, tensor } from 'gridstride';
 * console.log(await stack([tensor([1, 2]), tensor([3, 4])], 0).toArray()); // [ [ 1, 2 ], [ 3, 4 ] ]
 * ```
 */
export function stack(tensors: readonly Tensor[], axis: number): Tensor {
  const [first] = tensors;
  if (first === undefined) throw new ShapeError('stack: at least one tensor is needed');
  for (const x of tensors)
    if (String(x.shape) !== String(first.shape))
      throw new ShapeError(`stack: shapes must be equal, got (${first.shape.join(', ')}) and (${x.shape.join(', ')})`);
  const at = axis < 0 ? axis + first.rank + 1 : axis;
  const parts = tensors.map((x) => unsqueeze(x, at));
  const joined = concat(parts, at);
  for (const part of parts) part.dispose();
  return joined;
}
