import { ConfigError } from '../../../util/errors.js';
import type { BodySpec } from '../body.js';
import type { Activation } from './activations.js';

/** Sizes and rates of a post-norm encoder, whatever its family calls them. @internal */
export interface EncoderSpec extends BodySpec {
  intermediateSize: number;
  layers: number;
  heads: number;
  /** Whether a linear layer leads from the embeddings' features to the layers': behind their norm, or before it. */
  expands?: boolean | 'before norm';
  activation: Activation;
  hiddenDropout: number;
  /** Of the projection after attention; `hiddenDropout` when absent. */
  projectionDropout?: number;
  /** Of the feed-forward part; `hiddenDropout` when absent. */
  outputDropout?: number;
  attentionDropout: number;
  padTokenId: number | null;
  /** Makes new position embeddings; normally distributed when absent. */
  positionValues?: () => Float32Array;
  /** Where layers share their weights: groups of so many layers, each run for an equal part of `layers` steps. */
  sharing?: { groups: number; inner: number };
  /** Where attention scores get a bias by distance, as T5's: the table's rows, and those of them that are used. */
  distances?: { rows: number; buckets: number; maxDistance: number };
  /** Where they get DeBERTa's terms of content and position. */
  disentangled?: DisentangledSpec;
  /** Where a convolution over each token's neighbours stands beside the first layer: DeBERTa's. */
  convolution?: ConvolutionSpec;
}

/** Scores by content and by the distance's own embedding (He et al., arXiv 2006.03654). @internal */
export interface DisentangledSpec {
  /** Embeddings of distances, which all layers share; without, scores are by content alone. */
  positions?: { maxDistance: number; buckets: number; isNormed: boolean };
  /** Whether there is a term of the query's content and the position's key. */
  contentToPosition: boolean;
  /** Whether there is a term of the key's content and the position's query. */
  positionToContent: boolean;
  /** Whether positions are projected by the content's own weights. */
  sharesWeights: boolean;
  /** Whether the projection of positions to keys has a bias. */
  hasKeyBias: boolean;
}

/** A convolution over tokens. @internal */
export interface ConvolutionSpec {
  /** Tokens it sees, an odd number: as many to either side. */
  width: number;
  groups: number;
  activation: Activation;
}

/**
 * A family's checkpoint names of the encoder's parts. The order of those within one module is that of Python's
 * parameters, which its optimizers count by.
 * @internal
 */
export interface EncoderNames {
  encoder: {
    embeddings: string;
    expansion?: string;
    /** Names of layers by index; a text is followed by the index. */
    layers: string | ((layer: number, spec: EncoderSpec) => string);
    distances?: string;
    positions?: string;
    convolution?: string;
  };
  embeddings: { words: string; positions: string; types?: string; expansion?: string; norm: string };
  layer: { attention: string; projection: string; attentionNorm: string; up: string; down: string; outputNorm: string };
  parts: readonly [query: string, key: string, value: string];
  /** Of the projections of positions. */
  positionParts?: { key: string; query: string };
  /** Of one product and its biases, where heads lie one behind the other in it. */
  interleaved?: { product: string; queryBias: string; valueBias: string };
  /** Of the projections of global tokens. */
  globalParts?: EncoderNames['parts'];
}

/** For each step of an encoder, the layer whose weights it takes. @internal */
export function layerOrder({ layers, sharing }: EncoderSpec): number[] {
  if (sharing === undefined) return Array.from({ length: layers }, (_, step) => step);
  const { groups, inner } = sharing;
  return Array.from({ length: layers * inner }, (_, step) => {
    const group = Math.floor(Math.floor(step / inner) / (layers / groups));
    return group * inner + (step % inner);
  });
}

/** @throws ConfigError for sizes that no encoder can have @internal */
export function checkSpec({ hiddenSize, heads, padTokenId, vocabSize, ...spec }: EncoderSpec): void {
  if (hiddenSize % heads !== 0)
    throw new ConfigError(`config: the number of heads must divide the hidden size, got ${heads} and ${hiddenSize}`, {
      heads,
      hiddenSize,
    });
  if (padTokenId !== null && padTokenId >= vocabSize)
    throw new ConfigError(`config: the padding token must lie in the vocabulary of ${vocabSize}, got ${padTokenId}`, {
      padTokenId,
      vocabSize,
    });
  const { maxPositions, countedPadding } = spec;
  if (countedPadding !== undefined && countedPadding + 1 >= maxPositions)
    throw new ConfigError(
      `config: positions follow the padding token's id ${countedPadding}, so there must be more, got ${maxPositions}`,
      { maxPositions, padTokenId },
    );
}
