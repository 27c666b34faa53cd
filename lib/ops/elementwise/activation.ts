import { defineOp } from '../../autograd/define_op.js';
import { callAll, callOne, type Tensor } from '../../tensor/tensor.js';
import { type DropoutStream, type FusedDropoutOptions, takeDropout } from '../random/fused_dropout.js';

/** Activations an op can apply on its own or behind a matrix product; `gelu_tanh` is Hugging Face's `gelu_new`. */
export type ActivationKind = 'none' | 'relu' | 'gelu' | 'gelu_tanh' | 'silu' | 'tanh' | 'sigmoid';

/** Options of {@link activation}; dropout is of the result. */
export interface ActivationOptions extends FusedDropoutOptions {
  /** (C), added to x (..., C) before the activation. */
  bias?: Tensor;
}

type Arguments = [x: Tensor, bias: Tensor | undefined, state: Tensor | undefined, values: Values];

interface Values extends DropoutStream {
  kind: ActivationKind;
}

const fused = defineOp<Arguments, Tensor, Values>({
  name: 'activation',
  forward(context, x, bias, state, values) {
    context.save(x, bias, state);
    context.values = values;
    const { kind, delta, p } = values;
    return callOne((ops) => ops.activation_forward(x.handle, bias?.handle, state?.handle, kind, delta, p));
  },
  backward({ saved: [x, bias, state], values: { kind, delta, p }, needs }, dy) {
    const [dx, dbias] = callAll((ops) =>
      ops.activation_backward(x!.handle, bias?.handle, dy!.handle, state?.handle, kind, delta, p, needs[0]!, needs[1]!),
    );
    return [dx, dbias, undefined, undefined];
  },
});

/**
 * An activation by name, element by element, of x or x + bias, and dropout of its result: one pass over memory each
 * way. The mask is drawn anew in the backward pass, not kept.
 * @param x (..., C)
 * @returns (..., C)
 * @throws DTypeError unless x is floating, ConfigError for an unknown name or dropout out of range, ShapeError,
 * DTypeError, DeviceError for a bias that does not fit
 *
 * @example
 * ```ts
 * import { activation, tensor } from 'gridstride';
 * console.log(await activation(tensor([-1, 0, 2]), 'relu').toArray()); // [ 0, 0, 2 ]
 * ```
 */
export function activation(x: Tensor, kind: ActivationKind, options: ActivationOptions = {}): Tensor {
  const { state, stream } = takeDropout(x.size, x.device, options);
  return fused(x, options.bias, state, { kind, ...stream });
}

/** max(x, 0). */
export const relu = (x: Tensor): Tensor => activation(x, 'relu');

/** x Φ(x), with the normal distribution function Φ (Hendrycks and Gimpel, arXiv 1606.08415). */
export const gelu = (x: Tensor): Tensor => activation(x, 'gelu');

/** The tanh approximation of {@link gelu}. */
export const geluTanh = (x: Tensor): Tensor => activation(x, 'gelu_tanh');

/** x sigmoid(x). */
export const silu = (x: Tensor): Tensor => activation(x, 'silu');

/** The hyperbolic tangent. */
export const tanh = (x: Tensor): Tensor => activation(x, 'tanh');

/** 1 / (1 + exp(-x)). */
export const sigmoid = (x: Tensor): Tensor => activation(x, 'sigmoid');
