import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';
import { reduceTo } from '../reduce_to.js';

/** Options of {@link matmul}. */
export interface MatmulOptions {
  /** Takes a with its last two axes exchanged. */
  transposeA?: boolean;
  /** Takes b with its last two axes exchanged. */
  transposeB?: boolean;
  /** Factor of the product; by default 1. */
  alpha?: number;
}

interface Values {
  transposeA: boolean;
  transposeB: boolean;
  alpha: number;
}

function multiply(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean, alpha: number): Tensor {
  return callOne((ops) => ops.matmul_forward(a.handle, b.handle, transposeA, transposeB, alpha));
}

/**
 * alpha · A B over the last two axes; leading axes broadcast.
 * @param a (..., M, K)
 * @param b (..., K, N)
 * @returns (..., M, N)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit
 *
 * @example
 * ```ts
 * import { matmul, tensor } from 'gridstride';
 * const a = tensor([[1, 2], [3, 4]]);
 * console.log(await matmul(a, a).toArray()); // [ [ 7, 10 ], [ 15, 22 ] ]
 * ```
 */
export const matmul = defineOp<[a: Tensor, b: Tensor, options?: MatmulOptions], Tensor, Values>({
  name: 'matmul',
  forward(context, a, b, { transposeA = false, transposeB = false, alpha = 1 } = {}) {
    context.save(a, b);
    context.values = { transposeA, transposeB, alpha };
    return multiply(a, b, transposeA, transposeB, alpha);
  },
  backward({ saved, values: { transposeA, transposeB, alpha }, needs }, dy) {
    const [a, b, dc] = [saved[0]!, saved[1]!, dy!];
    const da = () =>
      transposeA ? multiply(b, dc, transposeB, true, alpha) : multiply(dc, b, false, !transposeB, alpha);
    const db = () =>
      transposeB ? multiply(dc, a, true, transposeA, alpha) : multiply(a, dc, !transposeA, false, alpha);
    return [needs[0] ? reduceTo(da(), a.shape) : undefined, needs[1] ? reduceTo(db(), b.shape) : undefined, undefined];
  },
});
