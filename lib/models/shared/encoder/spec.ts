import { ConfigError } from '../../../util/errors.js';
import type { BodySpec } from '../body.js';
import type { Activation } from './activations.js';

/** Sizes and rates of a post-norm encoder, whatever its family calls them. @internal */
export interface EncoderSpec extends BodySpec {
  intermediateSize: number;
  layers: number;
  heads: number;
  /** Whether a linear layer leads from the embeddings' features to the layers'. */
  expands?: boolean;
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
  };
  embeddings: { words: string; positions: string; types?: string; norm: string };
  layer: { attention: string; projection: string; attentionNorm: string; up: string; down: string; outputNorm: string };
  parts: readonly [query: string, key: string, value: string];
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
