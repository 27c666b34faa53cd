import { attention, type AttentionOptions, embedding, reshape, split } from '../../../ops/index.js';
import { FusedLinear, Linear, type WeightOptions } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import type { Generator } from '../../../tensor/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { type Attended, attendByMatrices } from '../attention_matrices.js';
import type { TokenBatch } from '../batch.js';
import type { DistanceBias } from './distance_bias.js';
import type { Reach } from './position_table.js';

/** What a layer needs of the pass it runs in. @internal */
export interface Pass {
  batch: TokenBatch;
  generator: Generator | undefined;
  /** Whether to compute and return attention probabilities. */
  withAttentions: boolean;
  /** What scores get by distance. */
  distances: DistanceBias | undefined;
  /** Embeddings of the distances there are, made anew for each layer: so its gradients are those of a layer run again. */
  reach?(): Reach | undefined;
}

/** What is done with the product of queries and keys, as `attention` takes it. @internal */
export type FusedTerms = Pick<AttentionOptions, 'bias' | 'scale' | 'window' | 'globalKeys'>;

/** Sizes of self-attention. @internal */
export interface AttentionSpec {
  hiddenSize: number;
  heads: number;
  dropout: number;
  /** Names of query, key and value in checkpoints. */
  parts: readonly [query: string, key: string, value: string];
  /** Names of one product and its biases, where heads lie one behind the other in it. */
  interleaved?: { product: string; queryBias: string; valueBias: string } | undefined;
}

/** Queries, keys and values, (T, H, D) each. @internal */
export type Projected = [q: Tensor, k: Tensor, v: Tensor];

/**
 * Multi-head self-attention over packed sequences, without the projection that follows; query, key and value are one
 * product.
 * @internal
 */
export class SelfAttention extends Module {
  readonly qkv: Linear;
  protected readonly spec: AttentionSpec;

  constructor(spec: AttentionSpec, options: WeightOptions) {
    super();
    const { hiddenSize: features, parts, interleaved } = spec;
    this.qkv =
      interleaved === undefined
        ? new FusedLinear(
            features,
            parts.map((name) => ({ name, features })),
            options,
          )
        : new Linear(features, 3 * features, { ...options, bias: false });
    this.paths = { qkv: '' };
    this.spec = spec;
  }

  /** @param x (T, C) */
  override forward(x: Tensor, pass: Pass): Attended {
    const [q, k, v] = this.project(x);
    if (this.isWritten(pass)) return this.#written(q, k, v, pass);
    const { seen, segments } = pass.batch;
    const options = {
      q: segments,
      ...(this.#drop > 0 && { dropout: this.#drop }),
      ...(pass.generator && { generator: pass.generator }),
      ...this.fusedTerms(q, k, pass),
    };
    const context =
      seen === undefined
        ? attention(q, k, v, options)
        : attention(q, pickRows(k, seen.rows), pickRows(v, seen.rows), { ...options, kv: seen.segments });
    return { context: reshape(context, x.shape) };
  }

  /** @param x (T, C) */
  protected project(x: Tensor): Projected {
    const { heads, hiddenSize } = this.spec;
    const fused = reshape(this.qkv.forward(x), [x.shape[0]!, 3 * heads, hiddenSize / heads]);
    return split(fused, 1, 3) as unknown as Projected;
  }

  /** Factor of the scores. */
  protected get scale(): number {
    const { heads, hiddenSize } = this.spec;
    return 1 / Math.sqrt(hiddenSize / heads);
  }

  /** Whether the pass takes the way of the full matrices. */
  protected isWritten({ withAttentions }: Pass): boolean {
    return withAttentions;
  }

  /** Beside the products of q and k (T, H, D). */
  protected fusedTerms(_q: Tensor, _k: Tensor, { distances, batch }: Pass): FusedTerms {
    return { ...(distances && { bias: distances.forward(batch) }) };
  }

  /** The same over the columns of the batch: broadcasts to (B, H, S, S). */
  protected writtenTerms(_q: Tensor, _k: Tensor, { distances, batch }: Pass): Tensor | undefined {
    return distances?.grid(batch.layout!.width);
  }

  get #drop(): number {
    return this.training ? this.spec.dropout : 0;
  }

  /** The same by way of the full matrices: for whoever wants to see them, and where masks leave gaps. */
  #written(q: Tensor, k: Tensor, v: Tensor, pass: Pass): Attended {
    const layout = pass.batch.layout!; // no recording has attentions or gaps
    const { context, attentions } = attendByMatrices(q, k, v, {
      asking: layout,
      seen: layout,
      scale: this.scale,
      bias: this.writtenTerms(q, k, pass),
      dropout: this.#drop,
      generator: pass.generator,
    });
    return pass.withAttentions ? { context, attentions } : { context };
  }
}

/** Rows of x (T, H, D). */
function pickRows(x: Tensor, rows: Tensor): Tensor {
  const [tokens, heads, size] = x.shape as [number, number, number];
  return reshape(embedding(reshape(x, [tokens, heads * size]), rows), [rows.size, heads, size]);
}
