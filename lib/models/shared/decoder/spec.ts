import { ConfigError } from '../../../util/errors.js';
import type { BodySpec } from '../body.js';
import type { Activation } from '../encoder/activations.js';
import type { RotarySpec } from './rotary.js';

/** How a stack knows where its tokens stand; one of them, or none. @internal */
export interface PlaceSpec {
  /** Rows added to the words': `offset` rows of the table come before that of position 0. */
  table?: { offset: number };
  /** The same with rows that are computed, and neither trained nor saved. */
  computed?: () => Float32Array;
  /** Queries and keys that turn with their position. */
  rotary?: RotarySpec;
  /** A bias by distance: of a table of so many rows, one for all layers. */
  distances?: { buckets: number; maxDistance: number };
}

/** Chances to drop. @internal */
export interface StackDropout {
  /** Of the embeddings, and of the final norm where `ofStates`. */
  embeddings: number;
  attention: number;
  /** Of what attention and the feed-forward part add. */
  hidden: number;
  /** Within the feed-forward part. */
  activation: number;
  ofStates?: boolean;
}

/**
 * Sizes, rates and kinds of a stack of layers that is no BERT: of GPTs, of LLaMA, and both halves of encoder-decoders,
 * whatever their families call them.
 * @internal
 */
export interface StackSpec extends BodySpec {
  layers: number;
  heads: number;
  /** Of keys and values; each is read by a group of heads. */
  kvHeads: number;
  headSize: number;
  intermediateSize: number;
  activation: Activation;
  /** Whether a second linear layer's output multiplies the activation's. */
  isGated: boolean;
  norm: 'layer' | 'rms';
  /** Whether norms come before attention and the feed-forward part, with one behind the last layer. */
  normsFirst: boolean;
  /** Whether the embeddings are normed. */
  normsEmbeddings: boolean;
  /** Which linear layers have a bias. */
  bias: { attention: boolean; feedForward: boolean };
  places: PlaceSpec;
  /** Factor of the words' embeddings. */
  wordScale: number;
  /** Factor of the scores by layer; 1 / √D when absent. */
  scoreScale?: (layer: number) => number;
  /** Whether tokens see none that come later. */
  isCausal: boolean;
  /** Whether each layer also attends to the states of another stack. */
  crosses: boolean;
  dropout: StackDropout;
  /** The words' row that takes no gradient. */
  padTokenId: number | null;
  /** Standard deviations of new weights, where they are not `initializerRange`. */
  std?: Partial<StackStd>;
}

/** Standard deviations of new weights. @internal */
export interface StackStd {
  words: number;
  query: number;
  keyValue: number;
  /** Of what leads back to the states: attention's last layer, the feed-forward part's last layer. */
  attentionOut: number;
  down: number;
  up: number;
  distances: number;
}

/** Names of attention's linear layers; those of query, key and value in the order in which one product makes them. */
export type AttentionNames = { out: string } & ({ query: string; key: string; value: string } | { fused: string });

/**
 * A family's checkpoint names of a stack's parts; within one object in the order of Python's parameters, by which its
 * optimizers count. With `rotary` places query and key come before the value.
 * @internal
 */
export interface StackNames {
  stack: {
    /** Absent where the model's own embedding is shared by its stacks. */
    words?: string;
    positions?: string;
    distances?: string;
    layers: string;
    embeddingNorm?: string;
    norm?: string;
  };
  layer: {
    attention: string;
    attentionNorm: string;
    cross?: string;
    crossNorm?: string;
    feedForward: string;
    outputNorm: string;
  };
  attention: AttentionNames;
  feedForward: { gate?: string; up: string; down: string };
  /** Whether weights lie in checkpoints with their axes exchanged. */
  isConv1D?: boolean;
}

/** @throws ConfigError for sizes that no stack can have @internal */
export function checkStackSpec(spec: StackSpec): void {
  const { heads, kvHeads, headSize, padTokenId, vocabSize, places } = spec;
  if (!Number.isInteger(headSize) || headSize < 1)
    throw new ConfigError(
      `config: the number of heads must divide the hidden size, got ${heads} and ${spec.hiddenSize}`,
      { heads, hiddenSize: spec.hiddenSize },
    );
  if (heads % kvHeads !== 0)
    throw new ConfigError(`config: key/value heads must divide the heads, got ${kvHeads} and ${heads}`, {
      heads,
      kvHeads,
    });
  if (places.rotary !== undefined && headSize % 2 !== 0)
    throw new ConfigError(`config: heads that turn must have an even size, got ${headSize}`, { headSize });
  if (padTokenId !== null && padTokenId >= vocabSize)
    throw new ConfigError(`config: the padding token must lie in the vocabulary of ${vocabSize}, got ${padTokenId}`, {
      padTokenId,
      vocabSize,
    });
}
