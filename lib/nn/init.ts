import { noGrad } from '../autograd/tape.js';
import { mul, rand, randn } from '../ops/index.js';
import { full, resolveDevice, tensor, zeros } from '../tensor/create.js';
import type { DType } from '../tensor/dtype.js';
import { defaultGenerator, Generator } from '../tensor/random.js';
import { callOne, copyInto, keep, type Shape, type Tensor, tidy } from '../tensor/tensor.js';

/** Makes the parameters of new modules; each is a leaf that lives until its module is disposed. */
export interface ParameterInit {
  /** Normally distributed with mean 0 and a standard deviation, or one for each row; row `zeroRow` of a table is 0. */
  normal(shape: Shape, std: number | readonly number[], zeroRow?: number): Tensor;
  /** Uniformly distributed from -limit to limit. */
  uniform(shape: Shape, limit: number): Tensor;
  /** Every element `value`. */
  constant(shape: Shape, value: number): Tensor;
  /** Values worked out on the host, row-major. */
  values(shape: Shape, make: () => Float32Array): Tensor;
}

/** Where and in which element type parameters are made, and the seed of their values. */
export interface InitOptions {
  device?: string;
  dtype?: DType;
  /** When absent, values come from the device's default generator, which `manualSeed` seeds. */
  seed?: number;
}

/** Takes a parameter out of any running `tidy` and marks it for gradients. @internal */
export function asParameter(value: Tensor): Tensor {
  return keep(value).withGrad();
}

/**
 * Parameters with values: the same seed gives the same bits on every machine.
 *
 * @example
 * ```ts
 * import { Linear, SeededInit } from 'gridstride';
 * const layer = new Linear(8, 4, { init: new SeededInit({ seed: 42 }) });
 * console.log(layer.weight.shape); // [ 4, 8 ]
 * ```
 */
export class SeededInit implements ParameterInit {
  readonly #device: string;
  readonly #dtype: DType;
  readonly #generator: Generator;
  readonly #own: Generator | undefined;

  constructor(options: InitOptions = {}) {
    this.#device = resolveDevice(options.device);
    this.#dtype = options.dtype ?? 'f32';
    const { seed } = options;
    this.#own = seed === undefined ? undefined : new Generator(seed, this.#device);
    this.#generator = this.#own ?? defaultGenerator(this.#device);
  }

  normal(shape: Shape, std: number | readonly number[], zeroRow?: number): Tensor {
    const options = {
      std: typeof std === 'number' ? std : 1,
      dtype: this.#dtype,
      device: this.#device,
      generator: this.#generator,
    };
    const make = (): Tensor => {
      const drawn = randn(shape, options);
      const values =
        typeof std === 'number' ? drawn : mul(drawn, tensor([...std], { ...options, shape: [std.length, 1] }));
      if (zeroRow === undefined) return values;
      const row = callOne((ops) => ops.slice(values.handle, 0, zeroRow, zeroRow + 1));
      const zero = zeros([1], options);
      copyInto(row, zero);
      return values;
    };
    return asParameter(noGrad(() => tidy(make)));
  }

  uniform(shape: Shape, limit: number): Tensor {
    const options = { dtype: this.#dtype, device: this.#device, generator: this.#generator };
    return asParameter(noGrad(() => rand(shape, { ...options, low: -limit, high: limit })));
  }

  /** Frees a seed's generator; the parameters stay. */
  dispose(): void {
    this.#own?.dispose();
  }

  constant(shape: Shape, value: number): Tensor {
    return asParameter(full(shape, value, { dtype: this.#dtype, device: this.#device }));
  }

  values(shape: Shape, make: () => Float32Array): Tensor {
    return asParameter(tensor(make(), { shape, dtype: this.#dtype, device: this.#device }));
  }
}

/**
 * Parameters that have a shape and no memory yet: views of one zero, which a checkpoint's tensors replace. What a
 * checkpoint lacks is made after all by {@link PlaceholderInit.materialize}.
 * @internal
 */
export class PlaceholderInit implements ParameterInit {
  readonly #zero: Tensor;
  readonly #recipes = new Map<Tensor, (init: ParameterInit) => Tensor>();

  constructor(options: InitOptions = {}) {
    this.#zero = keep(zeros([1], { dtype: options.dtype ?? 'f32', device: resolveDevice(options.device) }));
  }

  normal(shape: Shape, std: number | readonly number[], zeroRow?: number): Tensor {
    return this.#placeholder(shape, (init) => init.normal(shape, std, zeroRow));
  }

  uniform(shape: Shape, limit: number): Tensor {
    return this.#placeholder(shape, (init) => init.uniform(shape, limit));
  }

  constant(shape: Shape, value: number): Tensor {
    return this.#placeholder(shape, (init) => init.constant(shape, value));
  }

  values(shape: Shape, make: () => Float32Array): Tensor {
    return this.#placeholder(shape, (init) => init.values(shape, make));
  }

  /** The parameter that `placeholder` stands for, with the values `init` gives it. */
  materialize(placeholder: Tensor, init: ParameterInit): Tensor {
    return this.#recipes.get(placeholder)!(init);
  }

  /** Whether `tensor` is a parameter that nothing has replaced. */
  holds(tensor: Tensor): boolean {
    return this.#recipes.has(tensor);
  }

  dispose(): void {
    for (const placeholder of this.#recipes.keys()) placeholder.dispose();
    this.#zero.dispose();
  }

  #placeholder(shape: Shape, recipe: (init: ParameterInit) => Tensor): Tensor {
    const view = asParameter(callOne((ops) => ops.expand(this.#zero.handle, shape)));
    this.#recipes.set(view, recipe);
    return view;
  }
}
