import { Embedding } from '../../../nn/embedding.js';
import type { ParameterInit } from '../../../nn/init.js';
import { Module } from '../../../nn/module.js';
import type { LayerNorm } from '../../../nn/norm.js';
import { embeddings, type EmbeddingRows, mul, slice } from '../../../ops/index.js';
import { tensor } from '../../../tensor/create.js';
import type { Generator } from '../../../tensor/random.js';
import { keep, type Tensor } from '../../../tensor/tensor.js';
import type { TokenBatch } from '../batch.js';
import { fusedDropout } from '../dropped.js';
import type { StackNames, StackSpec } from './spec.js';

/** The words' table of a stack. @internal */
export function wordsOf(
  { vocabSize, embeddingSize, padTokenId, initializerRange, std }: StackSpec,
  init: ParameterInit,
) {
  const options = { init, std: std?.words ?? initializerRange, ...(padTokenId !== null && { paddingIdx: padTokenId }) };
  return new Embedding(vocabSize, embeddingSize, options);
}

/** Words, times a factor, plus positions where they have a table; perhaps normed; with dropout. @internal */
export class StackEmbeddings extends Module {
  /** The words' table, unless the model shares one between its stacks. */
  readonly own?: Embedding;
  readonly positions?: Embedding;
  readonly #shared: Embedding | undefined;
  readonly #spec: StackSpec;
  #computed: Tensor | undefined;

  constructor(spec: StackSpec, { stack }: StackNames, init: ParameterInit, shared: Embedding | undefined) {
    super();
    const { embeddingSize, initializerRange: std, maxPositions, places } = spec;
    if (shared === undefined) this.own = wordsOf(spec, init);
    if (places.table !== undefined)
      this.positions = new Embedding(maxPositions + places.table.offset, embeddingSize, { init, std });
    this.paths = { own: stack.words ?? '', positions: stack.positions ?? '' };
    this.#shared = shared;
    this.#spec = spec;
  }

  get words(): Embedding {
    return this.#shared ?? this.own!;
  }

  /** @returns (T, C) */
  override forward({ ids, embeds, positions }: TokenBatch, norm: LayerNorm | undefined, generator?: Generator): Tensor {
    const { dropout } = this.#spec;
    return embeddings(
      { words: this.#words(ids, embeds), positions: this.#placesOf(positions) },
      {
        ...(norm && { norm: { gamma: norm.weight, beta: norm.bias, eps: norm.eps } }),
        ...fusedDropout(this, dropout.embeddings, generator),
      },
    );
  }

  override dispose(): void {
    this.#computed?.dispose();
    super.dispose();
  }

  /** The rows of positions that are computed, (positions, C), where they are. */
  computed(): Tensor | undefined {
    const { maxPositions, embeddingSize, places } = this.#spec;
    const { dtype, device } = this.words.weight;
    if (places.computed === undefined || this.#computed?.dtype === dtype) return this.#computed;
    this.#computed?.dispose();
    this.#computed = keep(tensor(places.computed(), { shape: [maxPositions, embeddingSize], dtype, device }));
    return this.#computed;
  }

  /** Embeddings that callers give are taken as they are. */
  #words(ids: Tensor | undefined, embeds: Tensor | undefined): EmbeddingRows {
    const { wordScale } = this.#spec;
    if (embeds !== undefined) return { table: embeds };
    if (wordScale === 1) return this.words.rows(ids!);
    return { table: mul(this.words.forward(ids!), wordScale) };
  }

  #placesOf(positions: Tensor): EmbeddingRows | undefined {
    const { places, maxPositions } = this.#spec;
    const computed = this.computed();
    if (computed !== undefined) return { table: computed, ids: positions };
    if (this.positions === undefined) return undefined;
    const { weight } = this.positions;
    const offset = places.table?.offset ?? 0;
    return { table: offset === 0 ? weight : slice(weight, 0, offset, offset + maxPositions), ids: positions };
  }
}
