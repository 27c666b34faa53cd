import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';

/** Activations an op can apply on its own or behind a matrix product; `gelu_tanh` is Hugging Face's `gelu_new`. */
export type ActivationKind = 'none' | 'relu' | 'gelu' | 'gelu_tanh' | 'silu' | 'tanh' | 'sigmoid';

/**
 * An activation by name, element by element.
 * @throws DTypeError unless x is floating, ConfigError for an unknown name
 *
 * @example
 * ```ts
 * import { activation, tensor } from 'gridstride';
 * console.log(await activation(tensor([-1, 0, 2]), 'relu').toArray()); // [ 0, 0, 2 ]
 * ```
 */
export const activation = defineOp<[x: Tensor, kind: ActivationKind], Tensor, ActivationKind>({
  name: 'activation',
  forward(context, x, kind) {
    context.save(x);
    context.values = kind;
    return callOne((ops) => ops.activation_forward(x.handle, kind));
  },
  backward: ({ saved, values }, dy) => [
    callOne((ops) => ops.activation_backward(saved[0]!.handle, dy!.handle, values)),
    undefined,
  ],
});

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
