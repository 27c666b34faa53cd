import { Conv1D, FusedLinear, Linear, type WeightOptions } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import { attention, reshape, rope, slice, split } from '../../../ops/index.js';
import type { Generator } from '../../../tensor/random.js';
import type { Segments } from '../../../tensor/segments.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { type Attended, attendByMatrices } from '../attention_matrices.js';
import type { TokenBatch } from '../batch.js';
import type { DistanceBias } from '../encoder/distance_bias.js';
import type { Layout } from '../pack.js';
import type { Rotation } from './rotary.js';
import type { AttentionNames, StackNames, StackSpec } from './spec.js';

/** The states that cross-attention reads. @internal */
export interface Source {
  states: Tensor; // (Ts, C)
  segments: Segments;
  layout: Layout | undefined;
}

/** What a layer needs of the pass it runs in. @internal */
export interface StackPass {
  batch: TokenBatch;
  generator: Generator | undefined;
  /** Whether to compute and return attention probabilities. */
  withAttentions: boolean;
  /** What scores get by distance. */
  distances: DistanceBias | undefined;
  rotation: Rotation | undefined;
  source: Source | undefined;
}

type Role = 'query' | 'key' | 'value';

/** Heads of each role, in the order of the family's parameters. */
function rolesOf(names: AttentionNames): Role[] {
  const fused: Role[] = ['query', 'key', 'value'];
  return 'fused' in names ? fused : Object.keys(names).filter((name): name is Role => name !== 'out');
}

/** Options of the linear layers of one attention. */
function weightOptions({ bias, initializerRange }: StackSpec, std: number | undefined): WeightOptions {
  return { bias: bias.attention, std: std ?? initializerRange };
}

/**
 * Multi-head self-attention over packed sequences with the linear layers around it; query, key and value are one product.
 * @internal
 */
export class StackAttention extends Module {
  readonly qkv: FusedLinear | Conv1D;
  readonly out: Linear;
  readonly #spec: StackSpec;
  readonly #roles: readonly Role[];
  readonly #layer: number;

  constructor(spec: StackSpec, names: StackNames, layer: number, options: Pick<WeightOptions, 'init'>) {
    super();
    const { hiddenSize, heads, kvHeads, headSize, std } = spec;
    const roles = rolesOf(names.attention);
    const features = (role: Role) => (role === 'query' ? heads : kvHeads) * headSize;
    const qkv = { ...options, ...weightOptions(spec, std?.keyValue) };
    const out = { ...options, ...weightOptions(spec, std?.attentionOut) };
    const Layer = names.isConv1D === true ? Conv1D : Linear;
    if ('fused' in names.attention) this.qkv = new Layer(hiddenSize, (heads + 2 * kvHeads) * headSize, qkv);
    else {
      const { attention: named } = names;
      const stdOf = (role: Role) => (role === 'query' ? std?.query : std?.keyValue) ?? spec.initializerRange;
      const parts = roles.map((role) => ({ name: named[role], features: features(role), std: stdOf(role) }));
      this.qkv = new FusedLinear(hiddenSize, parts, qkv);
    }
    this.out = new Layer(heads * headSize, hiddenSize, out);
    this.paths = { qkv: 'fused' in names.attention ? names.attention.fused : '', out: names.attention.out };
    this.#spec = spec;
    this.#roles = roles;
    this.#layer = layer;
  }

  /** @param x (T, C) @returns what `out` takes */
  override forward(x: Tensor, pass: StackPass): Attended {
    const { batch, distances } = pass;
    const { cache } = batch;
    const [q, k, v] = this.#heads(x, pass.rotation);
    if (pass.withAttentions) return this.#byMatrices(q, k, v, pass);
    cache?.own.append(this.#layer, k, v);
    const bias = distances?.forward(batch);
    const options = { scale: this.#scale, ...(bias && { bias }) };
    const context =
      cache === undefined || cache.isFirst
        ? attention(q, k, v, { ...options, q: batch.segments, isCausal: this.#spec.isCausal, ...this.#dropping(pass) })
        : cache.own.attend(this.#layer, q, options);
    return { context: flat(context) };
  }

  get #scale(): number {
    const { scoreScale, headSize } = this.#spec;
    return scoreScale === undefined ? 1 / Math.sqrt(headSize) : scoreScale(this.#layer);
  }

  get #drop(): number {
    return this.training ? this.#spec.dropout.attention : 0;
  }

  #dropping({ generator }: StackPass) {
    return { ...(this.#drop > 0 && { dropout: this.#drop }), ...(generator && { generator }) };
  }

  /** Queries (T, H, D), keys and values (T, Hkv, D). */
  #heads(x: Tensor, rotation: Rotation | undefined): [q: Tensor, k: Tensor, v: Tensor] {
    const { heads, kvHeads, headSize } = this.#spec;
    const all = reshape(this.qkv.forward(x), [x.shape[0]!, heads + 2 * kvHeads, headSize]);
    if (rotation !== undefined) {
      const { positions, frequencies, factor } = rotation;
      const turning = slice(all, 1, 0, heads + kvHeads);
      const turned = rope(turning, positions, frequencies, { attentionFactor: factor });
      const [q, k] = split(turned, 1, [heads, kvHeads]) as [Tensor, Tensor];
      return [q, k, slice(all, 1, heads + kvHeads, heads + 2 * kvHeads)];
    }
    const sizes = this.#roles.map((role) => (role === 'query' ? heads : kvHeads));
    const parts = split(all, 1, sizes);
    const of = (role: Role): Tensor => parts[this.#roles.indexOf(role)]!;
    return [of('query'), of('key'), of('value')];
  }

  #byMatrices(q: Tensor, k: Tensor, v: Tensor, { batch, generator, distances }: StackPass): Attended {
    const layout = batch.layout!; // no recording has attentions
    return attendByMatrices(q, k, v, {
      asking: layout,
      seen: layout,
      scale: this.#scale,
      isCausal: this.#spec.isCausal,
      bias: distances?.grid(layout.width),
      dropout: this.#drop,
      generator,
    });
  }
}

/** (T, H, D) as (T, H D). @internal */
export function flat(context: Tensor): Tensor {
  const [tokens, heads, size] = context.shape as [number, number, number];
  return reshape(context, [tokens, heads * size]);
}
