import { defineOp } from '../../autograd/define_op.js';
import { defaultGenerator, type Generator } from '../../tensor/random.js';
import { callOne, type Tensor } from '../../tensor/tensor.js';

/** Options of {@link sampleTokens}; their meaning and order are those of Hugging Face's generation. */
export interface SampleOptions {
  /** Whether to draw; else the most probable token is taken. By default true. */
  doSample?: boolean;
  /** Divides the logits; 0 takes the most probable token. By default 1. */
  temperature?: number;
  /** Only so many most probable tokens, and what equals the last of them; by default 0, all. */
  topK?: number;
  /** Only the fewest most probable tokens whose probabilities reach it together, in [0, 1]; by default 1. */
  topP?: number;
  /** Only tokens at least so many times as probable as the most probable one, in [0, 1]; by default 0. */
  minP?: number;
  /** Where the numbers come from; by default the device's default generator. */
  generator?: Generator;
}

const sample = defineOp<[logits: Tensor, options: SampleOptions], Tensor>({
  name: 'sampleTokens',
  forward(_, logits, { doSample = true, temperature = 1, topK = 0, topP = 1, minP = 0, generator }) {
    const draw = (state: Tensor | undefined, delta: number) =>
      callOne((ops) => ops.sample_tokens(logits.handle, state?.handle, delta, temperature, topK, topP, minP));
    if (!doSample || temperature === 0) return draw(undefined, 0);
    const source = generator ?? defaultGenerator(logits.device);
    return draw(source.state, source.take(logits.shape.slice(0, -1).reduce((rows, n) => rows * n, 1)));
  },
  backward: null,
});

/**
 * The next token of each row of logits: drawn by its probability after temperature, topK, topP and minP, or the most
 * probable one (the first of equal ones; NaN counts as the largest). The same logits and generator give the same tokens
 * on every device.
 * @param logits (..., V)
 * @returns (...), i64
 * @throws ShapeError without tokens, DTypeError unless the logits are floating, ConfigError for an option out of range
 *
 * @example
 * ```ts
 * import { Generator, sampleTokens, tensor } from 'gridstride';
 * const logits = tensor([[1, 5, 2], [9, 0, 3]]);
 * console.log(await sampleTokens(logits, { temperature: 0 }).toArray()); // [ 1, 0 ]
 * const generator = new Generator(7, logits.device);
 * console.log(sampleTokens(logits, { topK: 2, topP: 0.9, generator }).shape); // [ 2 ]
 * ```
 */
export function sampleTokens(logits: Tensor, options: SampleOptions = {}): Tensor {
  return sample(logits, options);
}
