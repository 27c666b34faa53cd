import type { Embedding } from '../../nn/embedding.js';
import type { Module } from '../../nn/module.js';
import type { Geometry, TokenBatch } from './batch.js';
import type { EncodeOptions, Encoded } from './encoder/encoder.js';
import type { Layout } from './pack.js';

/** Sizes that heads need to know of what is below them. @internal */
export interface BodySpec extends Geometry {
  hiddenSize: number;
  /** Of the norms. */
  eps: number;
  initializerRange: number;
}

/** What turns packed tokens into states, below a head: BERT's encoder, the layers of a GPT. @internal */
export interface Body extends Module {
  readonly spec: BodySpec;
  readonly embeddings: Module & { readonly words: Embedding };
  readonly layers: readonly Module[];
  /** A bias of the scores by distance. */
  readonly distances?: Module & { forward(batch: TokenBatch): unknown };
  /** Tokens of the longest sequence there are positions for. */
  readonly maxLength: number;
  /** Whether training computes layers again in the backward pass in place of keeping what their gradients need. */
  checkpointsGradients: boolean;
  forward(batch: TokenBatch, options?: EncodeOptions): Encoded;
  /** Whether a pass over such a batch computes what one over another would not: it cannot be recorded. */
  dependsOn(layout: Layout): boolean;
}
