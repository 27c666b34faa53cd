import { defineOp } from '../../autograd/define_op.js';
import { callAll, type Tensor } from '../../tensor/tensor.js';

/** Options of {@link rmsNorm}. */
export interface RmsNormOptions {
  /** Added to the mean square; by default 1e-6. */
  eps?: number;
  /** (..., C), added to x before the statistics. */
  residual?: Tensor;
}

type Arguments = [x: Tensor, gamma: Tensor | undefined, residual: Tensor | undefined, eps: number];

const fused = defineOp<Arguments, Tensor>({
  name: 'rmsNorm',
  forward(context, x, gamma, residual, eps) {
    const [y, sum, invRms] = callAll((ops) =>
      ops.rms_norm_forward(x.handle, residual?.handle, gamma?.handle, eps, context.isRecording),
    );
    context.save(sum ?? x, gamma, invRms);
    return y!;
  },
  backward({ saved: [x, gamma, invRms], needs }, dy) {
    const [dx, dgamma] = callAll((ops) =>
      ops.rms_norm_backward(dy!.handle, x!.handle, gamma?.handle, invRms!.handle, needs[0]! || needs[2]!, needs[1]!),
    );
    return [dx, dgamma, dx, undefined];
  },
});

/**
 * RMS norm over the last axis: y = s / sqrt(mean(s²) + eps) · gamma with s = x + residual (Zhang and Sennrich, arXiv
 * 1910.07467).
 * @param x (..., C)
 * @param gamma (C), by default 1
 * @returns (..., C)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit
 *
 * @example
 * ```ts
 * import { rmsNorm, tensor } from 'gridstride';
 * console.log(await rmsNorm(tensor([[3, 3]]), undefined, { eps: 0 }).toArray()); // [ [ 1, 1 ] ]
 * ```
 */
export function rmsNorm(x: Tensor, gamma?: Tensor, options: RmsNormOptions = {}): Tensor {
  return fused(x, gamma, options.residual, options.eps ?? 1e-6);
}
