import { defineOp } from '../../autograd/define_op.js';
import { callAll, type Tensor } from '../../tensor/tensor.js';
import { type DropoutStream, type FusedDropoutOptions, takeDropout } from '../random/fused_dropout.js';

/** Options of {@link rmsNorm}; dropout is of x alone, not of the residual. */
export interface RmsNormOptions extends FusedDropoutOptions {
  /** Added to the mean square; by default 1e-6. */
  eps?: number;
  /** (..., C), added to x, after its dropout, before the statistics. */
  residual?: Tensor;
}

type Arguments = [
  x: Tensor,
  gamma: Tensor | undefined,
  residual: Tensor | undefined,
  state: Tensor | undefined,
  stream: DropoutStream,
  eps: number,
];

const fused = defineOp<Arguments, Tensor, DropoutStream>({
  name: 'rmsNorm',
  forward(context, x, gamma, residual, state, stream, eps) {
    const [y, sum, invRms] = callAll((ops) =>
      ops.rms_norm_forward(
        x.handle,
        residual?.handle,
        gamma?.handle,
        state?.handle,
        stream.delta,
        stream.p,
        eps,
        context.isRecording,
      ),
    );
    context.save(sum ?? x, gamma, invRms, state);
    context.values = stream;
    return y!;
  },
  backward({ saved: [x, gamma, invRms, state], values: { delta, p }, needs }, dy) {
    const differs = p > 0;
    const [dx, dresidual, dgamma] = callAll((ops) =>
      ops.rms_norm_backward(
        dy!.handle,
        x!.handle,
        gamma?.handle,
        invRms!.handle,
        state?.handle,
        delta,
        p,
        needs[0]! || (needs[2]! && !differs),
        needs[2]! && differs,
        needs[1]!,
      ),
    );
    return [dx, dgamma, differs ? dresidual : dx, undefined, undefined, undefined];
  },
});

/**
 * RMS norm over the last axis: y = s / sqrt(mean(s²) + eps) · gamma with s = dropout(x) + residual (Zhang and Sennrich,
 * arXiv 1910.07467).
 * @param x (..., C)
 * @param gamma (C), by default 1
 * @returns (..., C)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit, ConfigError for dropout out of range
 *
 * @example
 * ```ts
 * import { rmsNorm, tensor } from 'gridstride';
 * console.log(await rmsNorm(tensor([[3, 3]]), undefined, { eps: 0 }).toArray()); // [ [ 1, 1 ] ]
 * ```
 */
export function rmsNorm(x: Tensor, gamma?: Tensor, options: RmsNormOptions = {}): Tensor {
  const { state, stream } = takeDropout(x.size, x.device, options);
  return fused(x, gamma, options.residual, state, stream, options.eps ?? 1e-6);
}
