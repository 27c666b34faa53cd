import type { ParameterInit } from '../../../nn/init.js';
import { Module } from '../../../nn/module.js';
import { embedding, permute, type RelativeBias, reshape, t5Buckets } from '../../../ops/index.js';
import { tensor } from '../../../tensor/create.js';
import { keep, type Tensor } from '../../../tensor/tensor.js';
import type { TokenBatch } from '../batch.js';
import type { Layout } from '../pack.js';

/** Sizes of a table of biases by distance. @internal */
export interface DistanceSpec {
  heads: number;
  /** Rows of the table, of which the first `buckets` are used. */
  rows: number;
  buckets: number;
  /** From which on all distances share a bucket. */
  maxDistance: number;
  /** Whether later keys have buckets of their own; true by default. */
  isBidirectional?: boolean;
}

/**
 * What a head adds to its scores by the distance in columns from query to key, one table for all layers.
 * Source: Raffel et al., arXiv 1910.10683, section 2.1.
 * @internal
 */
export class DistanceBias extends Module {
  weight: Tensor; // (rows, H)
  readonly #spec: DistanceSpec;
  #buckets: Tensor | undefined;

  constructor(spec: DistanceSpec, init: ParameterInit, std: number) {
    super();
    this.weight = init.normal([spec.rows, spec.heads], std);
    this.#spec = spec;
  }

  /**
   * The bias for packed tokens. Where a mask has gaps, packed neighbours are no neighbours: it is then written out.
   * @returns as `attention` takes it; written out (B, H, longest query, longest key)
   */
  override forward({ layout }: TokenBatch): Tensor | RelativeBias {
    const { heads, rows } = this.#spec;
    if (layout?.hasGaps !== true)
      return { row: reshape(permute(this.weight, [1, 0]), [1, heads, rows]), bucketOf: this.#bucketOf };
    const asking = columnsOf(layout, false);
    const seen = columnsOf(layout, true);
    return this.#written(asking, seen);
  }

  /** For rows of so many columns: (1, H, S, S). */
  grid(width: number): Tensor {
    const columns = [Array.from({ length: width }, (_, column) => column)];
    return this.#written(columns, columns);
  }

  override dispose(): void {
    this.#buckets?.dispose();
    super.dispose();
  }

  get #bucketOf(): Tensor {
    const { device } = this.weight;
    this.#buckets ??= keep(t5Buckets({ isBidirectional: true, ...this.#spec, device }));
    return this.#buckets;
  }

  /** The biases between columns, (B, H, queries, keys); what stands past a sequence's end is of no matter. */
  #written(queries: readonly (readonly number[])[], keys: readonly (readonly number[])[]): Tensor {
    const bucketOf = this.#bucketOf.host as Int32Array;
    const reach = (bucketOf.length - 1) / 2;
    const [sq, skv] = [queries, keys].map((rows) => Math.max(...rows.map((row) => row.length))) as [number, number];
    const index = new Int32Array(queries.length * sq * skv);
    queries.forEach((row, b) =>
      row.forEach((from, i) => {
        const begin = (b * sq + i) * skv;
        keys[b]!.forEach((to, j) => {
          index[begin + j] = bucketOf[Math.min(Math.max(to - from, -reach), reach) + reach]!;
        });
      }),
    );
    const ids = tensor(index, { shape: [queries.length, sq, skv], device: this.weight.device });
    return permute(embedding(this.weight, ids), [0, 3, 1, 2]);
  }
}

/** The columns of each sequence's tokens, without those that only ask where these are not meant. */
function columnsOf({ lengths, cells, ghosts, width }: Layout, seenAlone: boolean): number[][] {
  let begin = 0;
  return lengths.map((length) => {
    const tokens = Array.from({ length }, (_, i) => begin + i);
    begin += length;
    return tokens.filter((t) => !seenAlone || ghosts?.[t] !== 1).map((t) => cells[t]! % width);
  });
}
