import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';
import type { LossReduction } from './reduction.js';

const fused = defineOp<[x: Tensor, target: Tensor, reduction: LossReduction], Tensor, LossReduction>({
  name: 'mseLoss',
  forward(context, x, target, reduction) {
    context.save(x, target);
    context.values = reduction;
    return callOne((ops) => ops.mse_forward(x.handle, target.handle, reduction));
  },
  backward({ saved: [x, target], values: reduction, needs }, dloss) {
    const toward = (a: Tensor, b: Tensor) =>
      callOne((ops) => ops.mse_backward(a.handle, b.handle, dloss!.handle, reduction));
    return [needs[0] ? toward(x!, target!) : undefined, needs[1] ? toward(target!, x!) : undefined, undefined];
  },
});

/**
 * The squared difference, averaged by default; in f32 (f64 for f64).
 * @param target of x's shape
 * @returns a scalar, or x's shape for reduction `none`
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit
 *
 * @example
 * ```ts
 * import { mseLoss, tensor } from 'gridstride';
 * console.log(await mseLoss(tensor([1, 2]), tensor([1, 4])).item()); // 2
 * ```
 */
export function mseLoss(x: Tensor, target: Tensor, options: { reduction?: LossReduction } = {}): Tensor {
  return fused(x, target, options.reduction ?? 'mean');
}
