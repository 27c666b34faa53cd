import { embedding, type EmbeddingRows } from '../ops/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { SeededInit } from './init.js';
import type { WeightOptions } from './linear.js';
import { Module } from './module.js';

/** Options of {@link Embedding}. */
export interface EmbeddingLayerOptions extends Omit<WeightOptions, 'bias'> {
  /** A row that starts at 0 and takes no gradient. */
  paddingIdx?: number;
}

/**
 * A table of rows, looked up by id.
 *
 * @example
 * ```ts
 * import { Embedding, tensor } from 'gridstride';
 * const words = new Embedding(100, 8, { paddingIdx: 0 });
 * console.log(words.forward(tensor([[5, 7, 0]], { dtype: 'i32' })).shape); // [ 1, 3, 8 ]
 * ```
 */
export class Embedding extends Module {
  weight: Tensor; // (V, C)
  readonly paddingIdx: number | undefined;

  constructor(rows: number, features: number, options: EmbeddingLayerOptions = {}) {
    super();
    const { init = new SeededInit(), std = 0.02, paddingIdx } = options;
    this.weight = init.normal([rows, features], std, paddingIdx);
    this.paddingIdx = paddingIdx;
  }

  /** @param ids integers of any shape @returns (...ids, C) @throws DataError on reading, for ids out of range */
  override forward(ids: Tensor): Tensor {
    return embedding(this.weight, ids, this.paddingIdx === undefined ? {} : { paddingIdx: this.paddingIdx });
  }

  /** The same rows for the op `embeddings`, which adds them to others. */
  rows(ids: Tensor): EmbeddingRows {
    return { table: this.weight, ids, paddingIdx: this.paddingIdx };
  }
}
