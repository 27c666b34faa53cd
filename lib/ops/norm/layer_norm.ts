import { defineOp } from '../../autograd/define_op.js';
import { callAll, type Tensor } from '../../tensor/tensor.js';
import { type DropoutStream, type FusedDropoutOptions, takeDropout } from '../random/fused_dropout.js';

/** Options of {@link layerNorm}; dropout is of x alone, not of the residual. */
export interface LayerNormOptions extends FusedDropoutOptions {
  /** Added to the variance; by default 1e-12, as in BERT. */
  eps?: number;
  /** (..., C), added to x, after its dropout, before the statistics. */
  residual?: Tensor;
}

type Arguments = [
  x: Tensor,
  gamma: Tensor | undefined,
  beta: Tensor | undefined,
  residual: Tensor | undefined,
  state: Tensor | undefined,
  stream: DropoutStream,
  eps: number,
];

const fused = defineOp<Arguments, Tensor, DropoutStream>({
  name: 'layerNorm',
  forward(context, x, gamma, beta, residual, state, stream, eps) {
    const [y, sum, mean, invStd] = callAll((ops) =>
      ops.layer_norm_forward(
        x.handle,
        residual?.handle,
        gamma?.handle,
        beta?.handle,
        state?.handle,
        stream.delta,
        stream.p,
        eps,
        context.isRecording,
      ),
    );
    context.save(sum ?? x, gamma, mean, invStd, state);
    context.values = stream;
    return y!;
  },
  backward({ saved: [x, gamma, mean, invStd, state], values: { delta, p }, needs }, dy) {
    const differs = p > 0;
    const [dx, dresidual, dgamma, dbeta] = callAll((ops) =>
      ops.layer_norm_backward(
        dy!.handle,
        x!.handle,
        gamma?.handle,
        mean!.handle,
        invStd!.handle,
        state?.handle,
        delta,
        p,
        needs[0]! || (needs[3]! && !differs),
        needs[3]! && differs,
        needs[1]!,
        needs[2]!,
      ),
    );
    return [dx, dgamma, dbeta, differs ? dresidual : dx, undefined, undefined, undefined];
  },
});

/**
 * Layer norm over the last axis: y = (s - mean(s)) / sqrt(var(s) + eps) · gamma + beta with s = dropout(x) + residual
 * (Ba, Kiros and Hinton, arXiv 1607.06450).
 * @param x (..., C)
 * @param gamma (C), by default 1
 * @param beta (C), by default 0
 * @returns (..., C)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit, ConfigError for dropout out of range
 *
 * @example
 * ```ts
 * import { layerNorm, tensor } from 'gridstride';
 * console.log(await layerNorm(tensor([[1, 3]])).toArray()); // [ [ -1, 1 ] ]
 * ```
 */
export function layerNorm(x: Tensor, gamma?: Tensor, beta?: Tensor, options: LayerNormOptions = {}): Tensor {
  const { state, stream } = takeDropout(x.size, x.device, options);
  return fused(x, gamma, beta, options.residual, state, stream, options.eps ?? 1e-12);
}
