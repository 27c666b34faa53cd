import { defineOp } from '../../autograd/define_op.js';
import { callAll, type Tensor } from '../../tensor/tensor.js';

/** Options of {@link layerNorm}. */
export interface LayerNormOptions {
  /** Added to the variance; by default 1e-12, as in BERT. */
  eps?: number;
  /** (..., C), added to x before the statistics. */
  residual?: Tensor;
}

type Arguments = [
  x: Tensor,
  gamma: Tensor | undefined,
  beta: Tensor | undefined,
  residual: Tensor | undefined,
  eps: number,
];

const fused = defineOp<Arguments, Tensor>({
  name: 'layerNorm',
  forward(context, x, gamma, beta, residual, eps) {
    const [y, sum, mean, invStd] = callAll((ops) =>
      ops.layer_norm_forward(x.handle, residual?.handle, gamma?.handle, beta?.handle, eps, context.isRecording),
    );
    context.save(sum ?? x, gamma, mean, invStd);
    return y!;
  },
  backward({ saved: [x, gamma, mean, invStd], needs }, dy) {
    const [dx, dgamma, dbeta] = callAll((ops) =>
      ops.layer_norm_backward(
        dy!.handle,
        x!.handle,
        gamma?.handle,
        mean!.handle,
        invStd!.handle,
        needs[0]! || needs[3]!,
        needs[1]!,
        needs[2]!,
      ),
    );
    return [dx, dgamma, dbeta, dx, undefined];
  },
});

/**
 * Layer norm over the last axis: y = (s - mean(s)) / sqrt(var(s) + eps) · gamma + beta with s = x + residual (Ba, Kiros
 * and Hinton, arXiv 1607.06450).
 * @param x (..., C)
 * @param gamma (C), by default 1
 * @param beta (C), by default 0
 * @returns (..., C)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit
 *
 * @example
 * ```ts
 * import { layerNorm, tensor } from 'gridstride';
 * console.log(await layerNorm(tensor([[1, 3]])).toArray()); // [ [ -1, 1 ] ]
 * ```
 */
export function layerNorm(x: Tensor, gamma?: Tensor, beta?: Tensor, options: LayerNormOptions = {}): Tensor {
  return fused(x, gamma, beta, options.residual, options.eps ?? 1e-12);
}
