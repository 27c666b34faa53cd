import { defineOp } from '../../autograd/define_op.js';
import type { DType } from '../../tensor/dtype.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';

/**
 * x in another dtype. Floating numbers become integers by truncation (NaN gives 0, out of range the nearest end),
 * anything becomes a boolean by x ≠ 0.
 *
 * @example
 * ```ts
 * import { cast, tensor } from 'gridstride';
 * console.log((await cast(tensor([1.9, -0.5]), 'i32').data()).join()); // 1,0
 * ```
 */
export const cast = defineOp<[x: Tensor, dtype: DType], Tensor, DType>({
  name: 'cast',
  takesAnyGradient: true,
  forward(context, x, dtype) {
    context.values = x.dtype;
    return callOne((ops) => ops.cast(x.handle, dtype));
  },
  backward: ({ values }, dy) => [callOne((ops) => ops.cast(dy!.handle, values)), undefined],
});
