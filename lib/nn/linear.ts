import { linear } from '../ops/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { type ParameterInit, SeededInit } from './init.js';
import type { LoraUpdate } from './lora.js';
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
  weight: Tensor; // (N, K)
  bias?: Tensor; // (N)
  /** An adapter's updates of the weights. @internal */
  lora?: LoraUpdate;

  constructor(inFeatures: number, outFeatures: number, options: WeightOptions = {}) {
    super();
    const { init = new SeededInit(), std = 0.02, bias = true } = options;
    this.weight = init.normal([outFeatures, inFeatures], std);
    if (bias) this.bias = init.constant([outFeatures], 0);
    this.paths = { lora: '' };
  }

  /** What checkpoints call the layer's rows: all of them, or parts of them one after the other. @internal */
  get parts(): readonly FusedPart[] {
    return [{ name: '', features: this.weight.shape[0]! }];
  }

  /** @param x (..., K) @returns (..., N) */
  override forward(x: Tensor, fusion: LinearFusion = {}): Tensor {
    const base = (fused: LinearFusion): Tensor => linear(x, this.weight, this.bias, fused);
    const { lora } = this;
    return lora === undefined || lora.isMerged ? base(fusion) : lora.forward(x, base, fusion);
  }
}

/**
 * A {@link Linear} whose weight checkpoints hold as (K, N), as those of GPT-2 do; in memory it is (N, K).
 *
 * @example
 * ```ts
 * import { Conv1D } from 'gridstride';
 * const layer = new Conv1D(3, 2);
 * console.log(layer.weight.shape, layer.stateDict().get('weight').shape); // [ 2, 3 ] [ 3, 2 ]
 * ```
 */
export class Conv1D extends Linear {
  /** @internal */
  override ownEntries(): StateEntry[] {
    const isMatrix = ({ parameter }: StateEntry) => parameter.rank === 2;
    return super.ownEntries().map((entry) => (isMatrix(entry) ? { ...entry, isTransposed: true } : entry));
  }
}

/** A part of a {@link FusedLinear}: its name in checkpoints and its number of outputs. */
export interface FusedPart {
  name: string;
  features: number;
  /** Standard deviation of its new weights, where it is another than that of all. */
  std?: number;
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
    const total = parts.reduce((sum, { features }) => sum + features, 0);
    super(inFeatures, total, { ...options, init: withParts(parts, options) });
    this.#parts = parts;
  }

  /** @internal */
  override get parts(): readonly FusedPart[] {
    return this.#parts;
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

/** Makes the rows of each part with its own standard deviation. */
function withParts(parts: readonly FusedPart[], { init = new SeededInit(), std: common = 0.02 }: WeightOptions) {
  if (parts.every(({ std }) => std === undefined || std === common)) return init;
  const rows = parts.flatMap(({ features, std = common }) => Array.from({ length: features }, () => std));
  const made: ParameterInit = {
    normal: (shape) => init.normal(shape, rows),
    uniform: (shape, limit) => init.uniform(shape, limit),
    constant: (shape, value) => init.constant(shape, value),
    values: (shape, make) => init.values(shape, make),
  };
  return made;
}
