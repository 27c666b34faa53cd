import { defineOp } from '../../autograd/define_op.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';

/** Options of {@link rope}. */
export interface RopeOptions {
  /** Whether pairs are neighbours (2k, 2k + 1), as in GPT-J; by default k goes with k + R / 2, as in LLaMA. */
  interleaved?: boolean;
  /** Multiplies cosines and sines (YaRN's attention factor); by default 1. */
  attentionFactor?: number;
}

interface Rotation {
  interleaved: boolean;
  factor: number;
}

const rotate = defineOp<[x: Tensor, positions: Tensor, frequencies: Tensor, rotation: Rotation], Tensor, Rotation>({
  name: 'rope',
  forward(context, x, positions, frequencies, rotation) {
    context.save(positions, frequencies);
    context.values = rotation;
    return turn(x, positions, frequencies, rotation, false);
  },
  backward: ({ saved: [positions, frequencies], values }, dy) => [
    turn(dy!, positions!, frequencies!, values, true),
    undefined,
    undefined,
    undefined,
  ],
});

function turn(x: Tensor, positions: Tensor, frequencies: Tensor, rotation: Rotation, inverse: boolean): Tensor {
  const { interleaved, factor } = rotation;
  return callOne((ops) => ops.rope(x.handle, positions.handle, frequencies.handle, interleaved, factor, inverse));
}

/**
 * Rotary position embedding: pairs of the first R elements of each query or key turn by the angle position · inverse
 * frequency, the others stay (Su et al., arXiv 2104.09864).
 * @param x (T, H, D), a view with any stride between tokens and between heads
 * @param positions (T), i64 or i32; any number is a position
 * @param inverseFrequencies (R / 2), f32, R at most D; gets no gradient
 * @returns (T, H, D)
 * @throws ShapeError, DTypeError, DeviceError when the tensors do not fit
 *
 * @example
 * ```ts
 * import { rope, tensor } from 'gridstride';
 * const quarter = tensor([Math.PI / 2]); // of a turn, each position
 * const y = rope(tensor([[[1, 1]]]), tensor([1], { dtype: 'i64' }), quarter);
 * console.log([...(await y.data())].map((v) => Math.round(Number(v)))); // [ -1, 1 ]
 * ```
 */
export function rope(x: Tensor, positions: Tensor, inverseFrequencies: Tensor, options: RopeOptions = {}): Tensor {
  const { interleaved = false, attentionFactor = 1 } = options;
  return rotate(x, positions, inverseFrequencies, { interleaved, factor: attentionFactor });
}
