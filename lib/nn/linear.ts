import { noGrad } from '../autograd/tape.js';
import { linear, linearInt8, linearInt8Weight } from '../ops/index.js';
import { keep, type Tensor } from '../tensor/tensor.js';
import { UnsupportedOpError } from '../util/errors.js';
import { type ParameterInit, SeededInit } from './init.js';
import { Module } from './module.js';
import type { StateEntry } from './state_dict.js';

/** What {@link Linear} fuses with its product. */
export interface LinearFusion {
  activation?: 'none' | 'relu' | 'gelu' | 'gelu_tanh' | 'silu' | 'tanh' | 'sigmoid';
  /** Added to the output; of its shape. */
  residual?: Tensor;
}

/** Options of modules with weights. */
export interface WeightOptions {
  /** Makes the values; by default f32 on the default device, from its default generator. */
  init?: ParameterInit;
  /** Standard deviation of new weights; 0.02 by default. */
  std?: number;
  /** Whether there is a bias; true by default. */
  bias?: boolean;
}

/**
 * y = activation(x Wᵀ + b) + residual.
 *
 * @example
 * ```ts
 * import { Linear, tensor } from 'gridstride';
 * const layer = new Linear(3, 2);
 * console.log(layer.forward(tensor([[1, 2, 3]])).shape); // [ 1, 2 ]
 * ```
 */
export class Linear extends Module {
  weight: Tensor; // (N, K); of 8-bit integers as linearInt8 takes it
  bias?: Tensor; // (N)
  /** Of 8-bit integers; absent otherwise. @internal */
  scales?: Tensor;
  readonly #shape: readonly [outFeatures: number, inFeatures: number];

  constructor(inFeatures: number, outFeatures: number, options: WeightOptions = {}) {
    super();
    const { init = new SeededInit(), std = 0.02, bias = true } = options;
    this.#shape = [outFeatures, inFeatures];
    this.weight = init.normal([outFeatures, inFeatures], std);
    if (bias) this.bias = init.constant([outFeatures], 0);
  }

  /** @param x (..., K) @returns (..., N) */
  override forward(x: Tensor, fusion: LinearFusion = {}): Tensor {
    const { weight, scales, bias } = this;
    if (scales === undefined) return linear(x, weight, bias, fusion);
    return linearInt8(x, { packed: weight, scales, shape: this.#shape }, bias, fusion);
  }

  /** Whether the weights are 8-bit integers. */
  get isInt8(): boolean {
    return this.scales !== undefined;
  }

  /** Replaces the weights by 8-bit integers: for inference alone, and for good. See {@link linearInt8Weight}. */
  quantize(): void {
    if (this.isInt8) return;
    const { weight } = this;
    const { packed, scales } = noGrad(() => linearInt8Weight(weight));
    this.weight = keep(packed);
    this.scales = keep(scales);
    weight.dispose();
  }

  /** @throws UnsupportedOpError of 8-bit integers, which no checkpoint holds @internal */
  override ownEntries(): StateEntry[] {
    if (!this.isInt8) return super.ownEntries();
    throw new UnsupportedOpError('Linear: 8-bit weights are neither saved nor trained; load another dtype for that');
  }
}

/** A part of a {@link FusedLinear}: its name in checkpoints and its number of outputs. */
export interface FusedPart {
  name: string;
  features: number;
}

/**
 * Several linear layers of one input as a single product: the weights lie one after the other in one parameter, and
 * checkpoints hold them under the parts' names.
 *
 * @example
 * ```ts
 * import { FusedLinear, tensor } from 'gridstride';
 * const qkv = new FusedLinear(4, [{ name: 'query', features: 4 }, { name: 'key', features: 2 }]);
 * console.log(qkv.forward(tensor([[1, 2, 3, 4]])).shape); // [ 1, 6 ]
 * console.log([...qkv.stateDict().keys()]); // [ 'query.weight', 'key.weight', 'query.bias', 'key.bias' ]
 * ```
 */
export class FusedLinear extends Linear {
  readonly #parts: readonly FusedPart[];

  constructor(inFeatures: number, parts: readonly FusedPart[], options: WeightOptions = {}) {
    super(
      inFeatures,
      parts.reduce((sum, { features }) => sum + features, 0),
      options,
    );
    this.#parts = parts;
  }

  /** @internal */
  override ownEntries(): StateEntry[] {
    return super.ownEntries().flatMap((entry) => {
      let begin = 0;
      return this.#parts.map(({ name, features }) => {
        const rows: [number, number] = [begin, begin + features];
        begin += features;
        return { ...entry, name: `${name}.${entry.name}`, rows };
      });
    });
  }
}
