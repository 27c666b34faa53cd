import { defineOp } from '../../autograd/define_op.js';
import { callAll, type Tensor } from '../../tensor/tensor.js';
import type { ActivationKind } from '../elementwise/activation.js';

/** Options of {@link linear}. */
export interface LinearOptions {
  /** Applied to x Wᵀ + bias; by default none. */
  activation?: ActivationKind;
  /** (..., N), added after the activation. */
  residual?: Tensor;
}

type Arguments = [
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  residual: Tensor | undefined,
  activation: ActivationKind,
];

const fused = defineOp<Arguments, Tensor, ActivationKind>({
  name: 'linear',
  forward(context, x, weight, bias, residual, activation) {
    const [y, z] = callAll((ops) =>
      ops.linear_forward(
        x.handle,
        weight.handle,
        bias?.handle,
        residual?.handle,
        activation,
        context.isRecording && activation !== 'none',
      ),
    );
    context.save(x, weight, z);
    context.values = activation;
    return y!;
  },
  backward({ saved: [x, weight, z], values: activation, needs }, dy) {
    const [dx, dw, dbias] = callAll((ops) =>
      ops.linear_backward(
        dy!.handle,
        x!.handle,
        weight!.handle,
        z?.handle,
        activation,
        needs[0]!,
        needs[1]!,
        needs[2]!,
      ),
    );
    return [dx, dw, dbias, dy, undefined];
  },
});

/**
 * y = activation(x Wᵀ + bias) + residual, in one pass.
 * @param x (..., K)
 * @param weight (N, K)
 * @param bias (N)
 * @returns (..., N)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit
 *
 * @example
 * ```ts
 * import { linear, tensor } from 'gridstride';
 * const x = tensor([[1, 2]]);
 * const weight = tensor([[1, 1], [0, -1], [2, 0]]);
 * console.log(await linear(x, weight, undefined, { activation: 'relu' }).toArray()); // [ [ 3, 0, 2 ] ]
 * ```
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor, options: LinearOptions = {}): Tensor {
  return fused(x, weight, bias, options.residual, options.activation ?? 'none');
}
