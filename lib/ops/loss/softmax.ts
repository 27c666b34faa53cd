import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';

function lastAxis(name: string, isLogarithm: boolean) {
  return defineOp<[x: Tensor], Tensor>({
    name,
    forward(context, x) {
      const y = callOne((ops) => ops.softmax_forward(x.handle, isLogarithm));
      context.save(y);
      return y;
    },
    backward: ({ saved }, dy) => [callOne((ops) => ops.softmax_backward(saved[0]!.handle, dy!.handle, isLogarithm))],
  });
}

/**
 * exp(x) over its sum along the last axis; a row of -∞ alone gives NaN.
 * @throws DTypeError unless x is floating, ShapeError for a scalar
 *
 * @example
 * ```ts
 * import { softmax, tensor } from 'gridstride';
 * console.log(await softmax(tensor([5, 5])).toArray()); // [ 0.5, 0.5 ]
 * ```
 */
export const softmax = lastAxis('softmax', false);

/** The logarithm of {@link softmax}, without its rounding to 0. */
export const logSoftmax = lastAxis('logSoftmax', true);
