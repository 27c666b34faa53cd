import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';

/** The same elements lying densely in memory: another handle of x when they do, else a copy. */
export const contiguous = defineOp<[x: Tensor], Tensor>({
  name: 'contiguous',
  forward: (_, x) => callOne((ops) => ops.contiguous(x.handle)),
  backward: (_, dy) => [dy],
});

/**
 * A dense copy in memory of its own.
 *
 * @example
 * ```ts
 * import { copy, tensor } from 'gridstride';
 * const x = tensor([1, 2]);
 * const y = copy(x);
 * x.write(Float32Array.of(3, 4));
 * console.log(await y.toArray()); // [ 1, 2 ]
 * ```
 */
export const copy = defineOp<[x: Tensor], Tensor>({
  name: 'copy',
  forward: (_, x) => callOne((ops) => ops.copy(x.handle)),
  backward: (_, dy) => [dy],
});
