import { defineOp } from '../../autograd/define_op.js';
import { callAll, callOne, type Shape, type Tensor } from '../../tensor/tensor.js';

const both = defineOp<[x: Tensor, k: number, smallest: boolean], readonly [Tensor, Tensor], Shape>({
  name: 'topK',
  forward(context, x, k, smallest) {
    const [values, indices] = callAll((ops) => ops.top_k(x.handle, k, smallest));
    context.save(indices);
    context.values = x.shape;
    return [values!, indices!];
  },
  backward: ({ saved: [indices], values: shape }, dy) => [
    callOne((ops) => ops.gather_backward(dy!.handle, shape.length - 1, indices!.handle, shape)),
    undefined,
    undefined,
  ],
});

/**
 * The k largest elements along the last axis, in order, and where they stood; of equal ones the first comes first, and
 * NaN counts as the largest.
 * @param options.smallest the smallest instead
 * @returns values (..., k) and indices (..., k), i64
 * @throws ShapeError unless k lies in [0, size of the last axis]
 *
 * @example
 * ```ts
 * import { tensor, topK } from 'gridstride';
 * const { values, indices } = topK(tensor([3, 9, 5]), 2);
 * console.log(await values.toArray(), await indices.toArray()); // [ 9, 5 ] [ 1, 2 ]
 * ```
 */
export function topK(x: Tensor, k: number, options: { smallest?: boolean } = {}): { values: Tensor; indices: Tensor } {
  const [values, indices] = both(x, k, options.smallest ?? false);
  return { values, indices };
}
