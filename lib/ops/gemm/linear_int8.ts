import { callAll, callOne, type Tensor } from '../../tensor/tensor.js';
import { checkInferenceOnly } from '../attention/inference_only.js';
import type { LinearOptions } from './linear.js';

/** A weight (N, K) as {@link linearInt8} takes it. */
export interface Int8Weight {
  /** The integers in the order that processors multiply them in: u8 (⌈N / 16⌉, 16 ⌈K / 64⌉, 16, 4). */
  packed: Tensor;
  /** What an integer of each output stands for: f32 (16 ⌈N / 16⌉). */
  scales: Tensor;
  /** N and K. */
  shape: readonly [outFeatures: number, inFeatures: number];
}

/**
 * A linear layer's weight as 8-bit integers: each output has a scale, its largest magnitude over 127. A quarter of f32's
 * memory; gradients end here.
 * @param weight (N, K), f32, bf16 or f16; K at most 65,536
 * @throws ShapeError, DTypeError, UnsupportedOpError where a gradient is asked for
 *
 * @example
 * ```ts
 * import { linearInt8Weight, tensor } from 'gridstride';
 * const { packed, scales } = linearInt8Weight(tensor([[1, -2, 127]], { dtype: 'f32' }));
 * console.log(packed.shape, (await scales.toArray() as number[])[0]); // [ 1, 16, 16, 4 ] 1
 * ```
 */
export function linearInt8Weight(weight: Tensor): Int8Weight {
  checkInferenceOnly('linear_int8', { weight });
  const [packed, scales] = callAll((ops) => ops.linear_int8_quantize(weight.handle));
  const [n, k] = weight.shape as [number, number];
  return { packed: packed!, scales: scales!, shape: [n, k] };
}

/**
 * y = activation(x Wᵀ + bias) + residual on 8-bit integers, for inference: each row of x is quantised at every call by its
 * own largest magnitude, products are summed exactly, and the sums scaled back in f32. Source: Dettmers et al., arXiv
 * 2208.07339, section 3.1.
 * @param x (..., K), f32, bf16 or f16, as are bias and residual
 * @param bias (N)
 * @returns (..., N)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit, UnsupportedOpError where a gradient is asked for
 *
 * @example
 * ```ts
 * import { linearInt8, linearInt8Weight, tensor } from 'gridstride';
 * const weight = linearInt8Weight(tensor([[1, 2], [3, 4]]));
 * console.log(linearInt8(tensor([[1, 1]]), weight).shape); // [ 1, 2 ]
 * ```
 */
export function linearInt8(x: Tensor, weight: Int8Weight, bias?: Tensor, options: LinearOptions = {}): Tensor {
  const { activation = 'none', residual } = options;
  checkInferenceOnly('linear_int8', { x, ...(bias && { bias }), ...(residual && { residual }) });
  const { packed, scales, shape } = weight;
  return callOne((ops) =>
    ops.linear_int8_forward(
      x.handle,
      packed.handle,
      scales.handle,
      bias?.handle,
      residual?.handle,
      activation,
      shape[0],
      shape[1],
    ),
  );
}
