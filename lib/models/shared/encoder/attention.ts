import { attention, embedding, reshape, split } from '../../../ops/index.js';
import { FusedLinear, type WeightOptions } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import type { Generator } from '../../../tensor/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { type Attended, attendByMatrices } from '../attention_matrices.js';
import type { TokenBatch } from '../batch.js';
import type { DistanceBias } from './distance_bias.js';

/** What a layer needs of the pass it runs in. @internal */
export interface Pass {
  batch: TokenBatch;
  generator: Generator | undefined;
  /** Whether to compute and return attention probabilities. */
  withAttentions: boolean;
  /** What scores get by distance. */
  distances: DistanceBias | undefined;
}

/** Sizes of self-attention. @internal */
export interface AttentionSpec {
  hiddenSize: number;
  heads: number;
  dropout: number;
  /** Names of query, key and value in checkpoints. */
  parts: readonly [query: string, key: string, value: string];
}

/**
 * Multi-head self-attention over packed sequences, without the projection that follows; query, key and value are one
 * product.
 * @internal
 */
export class SelfAttention extends Module {
  readonly qkv: FusedLinear;
  readonly #spec: AttentionSpec;

  constructor(spec: AttentionSpec, options: WeightOptions) {
    super();
    const parts = spec.parts.map((name) => ({ name, features: spec.hiddenSize }));
    this.qkv = new FusedLinear(spec.hiddenSize, parts, options);
    this.paths = { qkv: '' };
    this.#spec = spec;
  }

  /** @param x (T, C) */
  override forward(x: Tensor, pass: Pass): Attended {
    const { heads, hiddenSize } = this.#spec;
    const tokens = x.shape[0]!;
    const fused = reshape(this.qkv.forward(x), [tokens, 3 * heads, hiddenSize / heads]);
    const [q, k, v] = split(fused, 1, 3) as [Tensor, Tensor, Tensor]; // (T, H, D)
    const { seen, segments } = pass.batch;
    if (pass.withAttentions) return this.#unfused(q, k, v, pass);
    const options = {
      q: segments,
      ...(this.#drop > 0 && { dropout: this.#drop }),
      ...(pass.generator && { generator: pass.generator }),
      ...(pass.distances && { bias: pass.distances.forward(pass.batch) }),
    };
    const context =
      seen === undefined
        ? attention(q, k, v, options)
        : attention(q, pickRows(k, seen.rows), pickRows(v, seen.rows), { ...options, kv: seen.segments });
    return { context: reshape(context, [tokens, hiddenSize]) };
  }

  get #drop(): number {
    return this.training ? this.#spec.dropout : 0;
  }

  #unfused(q: Tensor, k: Tensor, v: Tensor, { batch, generator, distances }: Pass): Attended {
    const layout = batch.layout!; // no recording has attentions
    const { hiddenSize, heads } = this.#spec;
    return attendByMatrices(q, k, v, {
      asking: layout,
      seen: layout,
      scale: 1 / Math.sqrt(hiddenSize / heads),
      bias: distances?.grid(layout.width),
      dropout: this.#drop,
      generator,
    });
  }
}

/** Rows of x (T, H, D). */
function pickRows(x: Tensor, rows: Tensor): Tensor {
  const [tokens, heads, size] = x.shape as [number, number, number];
  return reshape(embedding(reshape(x, [tokens, heads * size]), rows), [rows.size, heads, size]);
}
