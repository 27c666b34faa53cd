import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';

/** What {@link argmax} and {@link argmin} run over. */
export interface ArgmaxOptions {
  /** The axis, negative from the end; by default the position counts over all elements. */
  axis?: number;
  /** Whether the axis stays with size 1. */
  keepDims?: boolean;
}

function position(kind: 'max' | 'min') {
  return defineOp<[x: Tensor, options?: ArgmaxOptions], Tensor>({
    name: `arg${kind}`,
    forward(_, x, options) {
      const axes = options?.axis === undefined ? x.shape.map((_, axis) => axis) : [options.axis];
      return callOne((ops) => ops.arg_reduce(kind, x.handle, axes, options?.keepDims ?? false));
    },
    backward: null,
  });
}

/**
 * Position of the maximum, i64: the first of equal ones, or of the first NaN.
 * @throws ShapeError for an axis that is not there or has no elements
 *
 * @example
 * ```ts
 * import { argmax, tensor } from 'gridstride';
 * console.log(await argmax(tensor([[1, 5, 2], [9, 0, 3]]), { axis: 1 }).toArray()); // [ 1, 0 ]
 * ```
 */
export const argmax = position('max');

/** Position of the minimum, i64. @throws ShapeError for an axis that is not there or has no elements */
export const argmin = position('min');
