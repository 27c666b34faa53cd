import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';
import type { LossReduction } from './reduction.js';

/** Options of {@link bceWithLogits}. */
export interface BceOptions {
  /** Factor of the positive targets: the last sizes of x, f32 (f64 for f64). */
  posWeight?: Tensor;
  /** Factor of each element: the last sizes of x, f32 (f64 for f64). */
  weight?: Tensor;
  /** By default the mean. */
  reduction?: LossReduction;
}

type Arguments = [
  x: Tensor,
  target: Tensor,
  weight: Tensor | undefined,
  posWeight: Tensor | undefined,
  reduction: LossReduction,
];

const fused = defineOp<Arguments, Tensor, LossReduction>({
  name: 'bceWithLogits',
  forward(context, x, target, weight, posWeight, reduction) {
    context.save(x, target, weight, posWeight);
    context.values = reduction;
    return callOne((ops) =>
      ops.bce_with_logits_forward(x.handle, target.handle, weight?.handle, posWeight?.handle, reduction),
    );
  },
  backward({ saved: [x, target, weight, posWeight], values: reduction }, dloss) {
    const dx = callOne((ops) =>
      ops.bce_with_logits_backward(
        x!.handle,
        target!.handle,
        weight?.handle,
        posWeight?.handle,
        dloss!.handle,
        reduction,
      ),
    );
    return [dx, undefined, undefined, undefined, undefined];
  },
});

/**
 * Binary cross-entropy of sigmoid(logits) and targets in [0, 1], as PyTorch defines it; in f32 (f64 for f64). The
 * targets get no gradient.
 * @param target of the logits' shape
 * @returns a scalar, or the logits' shape for reduction `none`
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit
 *
 * @example
 * ```ts
 * import { bceWithLogits, tensor } from 'gridstride';
 * const loss = bceWithLogits(tensor([0, 0]), tensor([0, 1]));
 * console.log((await loss.item()).toFixed(4)); // 0.6931
 * ```
 */
export function bceWithLogits(logits: Tensor, target: Tensor, options: BceOptions = {}): Tensor {
  return fused(logits, target, options.weight, options.posWeight, options.reduction ?? 'mean');
}
