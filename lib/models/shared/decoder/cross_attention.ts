import type { ParameterInit } from '../../../nn/init.js';
import { FusedLinear, Linear } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import { attention, reshape, split } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { type Attended, attendByMatrices } from '../attention_matrices.js';
import { flat, type StackPass } from './attention.js';
import type { StackNames, StackSpec } from './spec.js';

/** Attention of each token to the states that another stack made of its sequence's source. @internal */
export class CrossAttention extends Module {
  readonly query: Linear;
  /** Keys and values, or the other way round: one product. */
  readonly source: FusedLinear;
  readonly out: Linear;
  readonly #spec: StackSpec;
  readonly #layer: number;
  readonly #keysFirst: boolean;

  constructor(spec: StackSpec, { attention: names }: StackNames, layer: number, init: ParameterInit) {
    super();
    if ('fused' in names) throw new TypeError('cross-attention has names of its own for query, key and value');
    const { hiddenSize, heads, headSize, initializerRange, bias, std } = spec;
    const size = heads * headSize;
    const options = (own: number | undefined) => ({ init, bias: bias.attention, std: own ?? initializerRange });
    const order = Object.keys(names).filter((role) => role === 'key' || role === 'value');
    this.query = new Linear(hiddenSize, size, options(std?.query));
    const parts = order.map((role) => ({ name: names[role], features: size }));
    this.source = new FusedLinear(hiddenSize, parts, options(std?.keyValue));
    this.out = new Linear(size, hiddenSize, options(std?.attentionOut));
    const paths = { query: names.query, source: '', out: names.out };
    const { source, ...others } = paths;
    this.paths = Object.keys(names)[0] === 'query' ? paths : { source, ...others };
    this.#spec = spec;
    this.#layer = layer;
    this.#keysFirst = order[0] === 'key';
  }

  /** @param x (T, C) @returns what `out` takes */
  override forward(x: Tensor, pass: StackPass): Attended {
    const { heads, headSize, scoreScale } = this.#spec;
    const { batch, source, generator } = pass;
    const { cache } = batch;
    const scale = scoreScale === undefined ? 1 / Math.sqrt(headSize) : scoreScale(this.#layer);
    const q = reshape(this.query.forward(x), [x.shape[0]!, heads, headSize]);
    if (source === undefined) return { context: flat(cache!.cross!.attend(this.#layer, q, { scale })) };
    const [k, v] = this.#keysAndValues(source.states);
    cache?.cross?.append(this.#layer, k, v);
    const dropout = this.training ? this.#spec.dropout.attention : 0;
    if (pass.withAttentions)
      return attendByMatrices(q, k, v, { asking: batch.layout!, seen: source.layout!, scale, dropout, generator });
    const options = { q: batch.segments, kv: source.segments, scale, ...(generator && { generator }) };
    return { context: flat(attention(q, k, v, { ...options, ...(dropout > 0 && { dropout }) })) };
  }

  /** Of the source's tokens, (Ts, H, D) each. */
  #keysAndValues(states: Tensor): [k: Tensor, v: Tensor] {
    const { heads, headSize } = this.#spec;
    const both = reshape(this.source.forward(states), [states.shape[0]!, 2 * heads, headSize]);
    const [first, second] = split(both, 1, 2) as [Tensor, Tensor];
    return this.#keysFirst ? [first, second] : [second, first];
  }
}
