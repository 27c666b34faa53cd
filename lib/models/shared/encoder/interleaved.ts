import { SeededInit } from '../../../nn/init.js';
import type { WeightOptions } from '../../../nn/linear.js';
import { add, reshape, split } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { Projected } from './attention.js';
import { DisentangledAttention, type DisentangledAttentionSpec } from './disentangled.js';

/**
 * DeBERTa's first version: one product whose features are query, key and value of the first head, then those of the
 * next; queries and values have biases of their own.
 * @internal
 */
export class InterleavedAttention extends DisentangledAttention {
  queryBias: Tensor; // (C)
  valueBias: Tensor; // (C)

  constructor(spec: DisentangledAttentionSpec, options: WeightOptions) {
    super(spec, options);
    const { init = new SeededInit() } = options;
    const { product, queryBias, valueBias } = spec.interleaved!;
    this.queryBias = init.constant([spec.hiddenSize], 0);
    this.valueBias = init.constant([spec.hiddenSize], 0);
    this.paths = { queryBias, valueBias, ...this.paths, qkv: product };
  }

  protected override project(x: Tensor): Projected {
    const { heads, hiddenSize } = this.spec;
    const size = hiddenSize / heads;
    const fused = reshape(this.qkv.forward(x), [x.shape[0]!, heads, 3 * size]);
    const [q, k, v] = split(fused, 2, 3) as [Tensor, Tensor, Tensor];
    const biased = (part: Tensor, bias: Tensor): Tensor => add(part, reshape(bias, [heads, size]));
    return [biased(q, this.queryBias), k, biased(v, this.valueBias)];
  }
}
