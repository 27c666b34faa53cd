import {
  attention,
  dropout,
  embedding,
  matmul,
  mul,
  permute,
  reshape,
  softmax,
  split,
  add,
} from '../../../ops/index.js';
import { FusedLinear, type WeightOptions } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import type { Generator } from '../../../tensor/random.js';
import { tensor } from '../../../tensor/create.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { columnBias, spread, type TokenBatch } from '../batch.js';
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

  /** The same by way of the full matrices, for whoever wants to see them. */
  #unfused(q: Tensor, k: Tensor, v: Tensor, { batch, generator, distances }: Pass): Attended {
    const { heads, hiddenSize } = this.#spec;
    const layout = batch.layout!; // no recording has attentions
    const grid = (part: Tensor): Tensor => permute(spreadAll(part, batch), [0, 2, 1, 3]); // (B, H, S, D)
    const hidden = tensor(columnBias(layout), {
      shape: [layout.batch, 1, 1, layout.width],
      dtype: q.dtype,
      device: q.device,
    });
    const scale = 1 / Math.sqrt(hiddenSize / heads);
    const bias = distances === undefined ? hidden : add(hidden, distances.grid(layout.width));
    const scores = add(matmul(grid(q), grid(k), { transposeB: true, alpha: scale }), bias);
    const attentions = softmax(scores);
    const kept = this.#drop > 0 ? dropout(attentions, this.#drop, generator && { generator }) : attentions;
    const context = permute(matmul(kept, grid(v)), [0, 2, 1, 3]); // (B, S, H, D)
    const rows = reshape(context, [layout.batch * layout.width, hiddenSize]);
    const asked = tensor(rowMask(batch), {
      shape: [layout.batch, 1, layout.width, 1],
      dtype: q.dtype,
      device: q.device,
    });
    return {
      context: embedding(rows, tensor(layout.cells, { device: q.device })),
      attentions: mul(attentions, asked),
    };
  }
}

/** Rows of x (T, H, D). */
function pickRows(x: Tensor, rows: Tensor): Tensor {
  const [tokens, heads, size] = x.shape as [number, number, number];
  return reshape(embedding(reshape(x, [tokens, heads * size]), rows), [rows.size, heads, size]);
}

/** (T, H, D) as (B, S, H, D), with the tokens that only ask in their places too. */
function spreadAll(x: Tensor, { layout }: TokenBatch): Tensor {
  return spread(x, { ...layout!, ghosts: undefined });
}

/** 1 for the rows of tokens, 0 for those left out; (B, S). */
function rowMask({ layout }: TokenBatch): Float32Array {
  const { batch: rows, width, cells, ghosts } = layout!;
  const mask = new Float32Array(rows * width);
  cells.forEach((cell, t) => {
    if (ghosts?.[t] !== 1) mask[cell] = 1;
  });
  return mask;
}
