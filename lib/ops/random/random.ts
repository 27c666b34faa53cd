import { resolveDevice, tensor } from '../../tensor/create.js';
import type { DType } from '../../tensor/dtype.js';
import { defaultGenerator, type Generator } from '../../tensor/random.js';
import { callOne, type Shape, type Tensor } from '../../tensor/tensor.js';
import { ConfigError } from '../../util/errors.js';

/** Options of the functions that make tensors of random numbers. */
export interface RandomOptions {
  /** A floating type; by default f32. */
  dtype?: DType;
  /** By default `auto`, or the generator's. */
  device?: string;
  /** Where the numbers come from; by default the device's default generator. */
  generator?: Generator;
}

type Draw = (generator: Generator, delta: number, dtype: DType) => Tensor;

function draw(shape: Shape, options: RandomOptions, call: Draw): Tensor {
  const generator = options.generator ?? defaultGenerator(resolveDevice(options.device));
  const count = shape.reduce((product, n) => product * n, 1);
  return call(generator, generator.take(Math.ceil(count / 4)), options.dtype ?? 'f32');
}

/**
 * Uniform random numbers in [low, high), by default [0, 1).
 * @throws DTypeError unless the dtype is floating
 *
 * @example
 * ```ts
 * import { manualSeed, rand } from 'gridstride';
 * manualSeed(1);
 * const x = rand([2, 3], { high: 10 });
 * console.log(x.shape); // [ 2, 3 ]
 * ```
 */
export function rand(shape: Shape, options: RandomOptions & { low?: number; high?: number } = {}): Tensor {
  const { low = 0, high = 1 } = options;
  return draw(shape, options, (generator, delta, dtype) =>
    callOne((ops) => ops.uniform(shape, dtype, generator.state.handle, delta, low, high)),
  );
}

/**
 * Normal random numbers, by default of mean 0 and deviation 1 (Box and Muller, 1958).
 * @throws DTypeError unless the dtype is floating
 *
 * @example
 * ```ts
 * import { Generator, randn } from 'gridstride';
 * const weights = randn([4, 4], { std: 0.02, generator: new Generator(7, 'cpu') });
 * console.log(weights.dtype); // f32
 * ```
 */
export function randn(shape: Shape, options: RandomOptions & { mean?: number; std?: number } = {}): Tensor {
  const { mean = 0, std = 1 } = options;
  return draw(shape, options, (generator, delta, dtype) =>
    callOne((ops) => ops.normal(shape, dtype, generator.state.handle, delta, mean, std)),
  );
}

/**
 * The whole numbers 0, 1 ... n - 1.
 * @param options.dtype by default i64
 * @throws ConfigError unless n is a whole number from 0
 *
 * @example
 * ```ts
 * import { arange } from 'gridstride';
 * console.log(await arange(3).toArray()); // [ 0, 1, 2 ]
 * ```
 */
export function arange(n: number, options: { dtype?: DType; device?: string } = {}): Tensor {
  if (!Number.isSafeInteger(n) || n < 0) throw new ConfigError(`arange: n must be a whole number from 0, got ${n}`);
  return tensor(
    Array.from({ length: n }, (_, i) => i),
    { dtype: options.dtype ?? 'i64', ...(options.device === undefined ? {} : { device: options.device }) },
  );
}
