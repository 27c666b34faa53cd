import { embeddings } from '../../../ops/index.js';
import { Embedding } from '../../../nn/embedding.js';
import type { ParameterInit } from '../../../nn/init.js';
import { Module } from '../../../nn/module.js';
import { LayerNorm } from '../../../nn/norm.js';
import type { Generator } from '../../../tensor/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { TokenBatch } from '../batch.js';
import { fusedDropout } from '../dropped.js';
import type { EncoderNames, EncoderSpec } from './spec.js';

/** Words + positions (+ token types), normed, with dropout. @internal */
export class EncoderEmbeddings extends Module {
  readonly words: Embedding;
  readonly positions: Embedding;
  readonly types?: Embedding;
  readonly norm: LayerNorm;
  readonly #spec: EncoderSpec;

  constructor(spec: EncoderSpec, names: EncoderNames, init: ParameterInit) {
    super();
    const { embeddingSize, initializerRange: std, padTokenId, countedPadding } = spec;
    const table = (rows: number, paddingIdx: number | null | undefined, values = init): Embedding =>
      new Embedding(rows, embeddingSize, { init: values, std, ...(paddingIdx != null && { paddingIdx }) });
    this.words = table(spec.vocabSize, padTokenId);
    this.positions = table(spec.maxPositions, countedPadding, positionInit(spec, init));
    if (spec.typeVocabSize > 0) this.types = table(spec.typeVocabSize, undefined);
    this.norm = new LayerNorm(embeddingSize, { eps: spec.eps, init });
    this.paths = { ...names.embeddings };
    this.#spec = spec;
  }

  /** @returns (T, E) */
  override forward({ ids, embeds, positions, types }: TokenBatch, generator: Generator | undefined): Tensor {
    const tables = {
      words: embeds === undefined ? this.words.rows(ids!) : { table: embeds },
      positions: this.positions.rows(positions),
      types: this.types?.rows(types!),
    };
    const norm = { gamma: this.norm.weight, beta: this.norm.bias, eps: this.norm.eps };
    return embeddings(tables, { norm, ...fusedDropout(this, this.#spec.hiddenDropout, generator) });
  }
}

function positionInit({ positionValues }: EncoderSpec, init: ParameterInit): ParameterInit {
  if (positionValues === undefined) return init;
  return {
    normal: (shape) => init.values(shape, positionValues),
    uniform: (shape, limit) => init.uniform(shape, limit),
    constant: (shape, value) => init.constant(shape, value),
    values: (shape, make) => init.values(shape, make),
  };
}
