import {
  add,
  attention,
  type AttentionOptions,
  dropout,
  embedding,
  matmul,
  mul,
  permute,
  reshape,
  softmax,
  split,
} from '../../../ops/index.js';
import { FusedLinear, Linear, type WeightOptions } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import type { Generator } from '../../../tensor/random.js';
import { tensor } from '../../../tensor/create.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { columnBias, spread, type TokenBatch } from '../batch.js';
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

/** Context of each token, and the probabilities (B, H, S, S) where they were asked for. @internal */
export interface Attended {
  context: Tensor; // (T, C)
  attentions?: Tensor;
}

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
    const { batch, generator } = pass;
    const layout = batch.layout!; // no recording has attentions or gaps
    const attentions = this.probabilities(q, k, batch, this.writtenTerms(q, k, pass));
    const kept = this.#drop > 0 ? dropout(attentions, this.#drop, generator && { generator }) : attentions;
    const attended = permute(matmul(kept, byHead(v, batch)), [0, 2, 1, 3]); // (B, S, H, D)
    const rows = reshape(attended, [layout.batch * layout.width, this.spec.hiddenSize]);
    const context = embedding(rows, tensor(layout.cells, { device: q.device }));
    return { context, ...(pass.withAttentions && { attentions: mul(attentions, rowMask(batch, q)) }) };
  }

  /** Softmax of the scores over the columns that are tokens: (B, H, S, S). */
  protected probabilities(q: Tensor, k: Tensor, batch: TokenBatch, terms: Tensor | undefined): Tensor {
    const layout = batch.layout!;
    const hidden = tensor(columnBias(layout), {
      shape: [layout.batch, 1, 1, layout.width],
      dtype: q.dtype,
      device: q.device,
    });
    const bias = terms === undefined ? hidden : add(hidden, terms);
    return softmax(add(matmul(byHead(q, batch), byHead(k, batch), { transposeB: true, alpha: this.scale }), bias));
  }
}

/** Rows of x (T, H, D). */
function pickRows(x: Tensor, rows: Tensor): Tensor {
  const [tokens, heads, size] = x.shape as [number, number, number];
  return reshape(embedding(reshape(x, [tokens, heads * size]), rows), [rows.size, heads, size]);
}

/** (T, H, D) as (B, H, S, D), with the tokens that only ask in their places too. */
function byHead(x: Tensor, { layout }: TokenBatch): Tensor {
  return permute(spread(x, { ...layout!, ghosts: undefined }), [0, 2, 1, 3]);
}

/** 1 for the rows of tokens, 0 for those left out: (B, 1, S, 1). */
function rowMask({ layout }: TokenBatch, like: Tensor): Tensor {
  const { batch: rows, width, cells, ghosts } = layout!;
  const mask = new Float32Array(rows * width);
  cells.forEach((cell, t) => {
    if (ghosts?.[t] !== 1) mask[cell] = 1;
  });
  return tensor(mask, { shape: [rows, 1, width, 1], dtype: like.dtype, device: like.device });
}
