import { add, dropout, embedding, expand, matmul, mul, permute, reshape, softmax } from '../../ops/index.js';
import type { Generator } from '../../tensor/random.js';
import { tensor } from '../../tensor/create.js';
import type { Tensor } from '../../tensor/tensor.js';
import { columnBias, FAR_BELOW, spread } from './batch.js';
import type { Layout } from './pack.js';

/** What attention by way of the full matrices reads beside queries, keys and values. @internal */
export interface MatrixOptions {
  /** Where the queries stand, and the keys. */
  asking: Layout;
  seen: Layout;
  scale: number;
  isCausal?: boolean;
  /** Added to the scores: broadcasts to (B, H, columns of queries, columns of keys). */
  bias?: Tensor | undefined;
  /** Of the probabilities. */
  dropout: number;
  generator: Generator | undefined;
}

/** Context of each token, and the probabilities (B, H, S, S) where they were asked for. @internal */
export interface Attended {
  context: Tensor; // (T, H D)
  attentions?: Tensor;
}

/** (T, H, D) as (B, H, S, D), with the tokens that only ask in their places too; a key/value head for each head. */
function gridOf(x: Tensor, layout: Layout, heads: number): Tensor {
  const grid = permute(spread(x, { ...layout, ghosts: undefined }), [0, 2, 1, 3]);
  const [batch, own, width, size] = grid.shape as [number, number, number, number];
  if (own === heads) return grid;
  const repeated = expand(reshape(grid, [batch, own, 1, width, size]), [batch, own, heads / own, width, size]);
  return reshape(repeated, [batch, heads, width, size]);
}

/** 1 for the rows of tokens, 0 for those left out; (B, S). */
function rowMask({ batch, width, cells, ghosts }: Layout): Float32Array {
  const mask = new Float32Array(batch * width);
  cells.forEach((cell, t) => {
    if (ghosts?.[t] !== 1) mask[cell] = 1;
  });
  return mask;
}

/** Far below for keys in later columns than the query; (S, S). */
function causalBias(width: number): Float32Array {
  return Float32Array.from({ length: width * width }, (_, i) => (i % width > Math.floor(i / width) ? FAR_BELOW : 0));
}

/**
 * softmax(scale · Q Kᵀ + bias) V by way of the full matrices, for whoever wants to see them.
 * @param q (Tq, H, D)
 * @param k (Tkv, Hkv, D)
 * @param v (Tkv, Hkv, D)
 * @internal
 */
export function attendByMatrices(q: Tensor, k: Tensor, v: Tensor, options: MatrixOptions): Required<Attended> {
  const { asking, seen, scale, isCausal = false, bias, generator } = options;
  const { device, dtype } = q;
  const [tokens, heads, size] = q.shape as [number, number, number];
  const host = (values: Float32Array, shape: number[]) => tensor(values, { shape, dtype, device });
  const added = [
    host(columnBias(seen), [seen.batch, 1, 1, seen.width]),
    ...(isCausal ? [host(causalBias(seen.width), [seen.width, seen.width])] : []),
    ...(bias === undefined ? [] : [bias]),
  ];
  const products = matmul(gridOf(q, asking, heads), gridOf(k, seen, heads), { transposeB: true, alpha: scale });
  const attentions = softmax(added.reduce((scores, part) => add(scores, part), products));
  const kept = options.dropout > 0 ? dropout(attentions, options.dropout, generator && { generator }) : attentions;
  const context = permute(matmul(kept, gridOf(v, seen, heads)), [0, 2, 1, 3]); // (B, S, H, D)
  const rows = reshape(context, [asking.batch * asking.width, heads * size]);
  const picked = embedding(rows, tensor(asking.cells, { device }));
  return {
    context: reshape(picked, [tokens, heads * size]),
    attentions: mul(attentions, host(rowMask(asking), [asking.batch, 1, asking.width, 1])),
  };
}
