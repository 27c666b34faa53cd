import { chance, flag, integer, oneOf, real } from '../../../util/fields.js';
import type { ModelConfig, OwnFields } from '../../config.js';
import type { StackNames, StackSpec } from '../decoder/spec.js';
import { ACTIVATION_NAMES, activationOf } from '../encoder/activations.js';
import { tokenId, tokenIds } from '../../../util/token_ids.js';

/** Layers that training leaves out at random are none of what there is here. */
const noLayerDrop = () => real({ max: 0 }).default(0);

/** Fields of config.json that BART's relatives share, with BART's defaults. @internal */
export const bartFields = {
  vocab_size: integer().default(50265),
  max_position_embeddings: integer({ max: 1 << 24 }).default(1024),
  d_model: integer({ max: 1 << 16 }).default(1024),
  encoder_layers: integer({ max: 1000 }).default(12),
  encoder_ffn_dim: integer({ max: 1 << 20 }).default(4096),
  encoder_attention_heads: integer({ max: 1 << 16 }).default(16),
  decoder_layers: integer({ max: 1000 }).default(12),
  decoder_ffn_dim: integer({ max: 1 << 20 }).default(4096),
  decoder_attention_heads: integer({ max: 1 << 16 }).default(16),
  encoder_layerdrop: noLayerDrop(),
  decoder_layerdrop: noLayerDrop(),
  activation_function: oneOf(...ACTIVATION_NAMES).default('gelu'),
  dropout: chance().default(0.1),
  attention_dropout: chance().default(0),
  activation_dropout: chance().default(0),
  init_std: real({ max: 100 }).default(0.02),
  scale_embedding: flag().default(false),
  pad_token_id: tokenId().default(1),
  bos_token_id: tokenId().default(0),
  eos_token_id: tokenIds().default(2),
  decoder_start_token_id: tokenId().default(2),
  forced_eos_token_id: tokenIds().default(2),
};

/** Hugging Face's attribute map. @internal */
export const bartAliases = {
  hidden_size: 'd_model',
  num_attention_heads: 'encoder_attention_heads',
  num_hidden_layers: 'encoder_layers',
};

/** A config with the fields of BART's relatives. @internal */
export type BartLikeConfig = ModelConfig & Required<OwnFields<typeof bartFields>>;

/** What sets BART's relatives apart. @internal */
export type BartKind = Pick<StackSpec, 'normsFirst' | 'normsEmbeddings' | 'places'>;

/** These norms have PyTorch's constant; no field of the config says it. */
const EPS = 1e-5;

function stackSpec(
  config: BartLikeConfig,
  kind: BartKind,
): Omit<StackSpec, 'layers' | 'heads' | 'kvHeads' | 'headSize' | 'intermediateSize' | 'isCausal' | 'crosses'> {
  const { dModel: hiddenSize, initStd: initializerRange } = config;
  return {
    ...kind,
    vocabSize: config.vocabSize,
    maxPositions: config.maxPositionEmbeddings,
    typeVocabSize: 0,
    embeddingSize: hiddenSize,
    hiddenSize,
    activation: activationOf(config.activationFunction),
    isGated: false,
    norm: 'layer',
    eps: EPS,
    bias: { attention: true, feedForward: true },
    wordScale: config.scaleEmbedding ? Math.sqrt(hiddenSize) : 1,
    dropout: {
      embeddings: config.dropout,
      attention: config.attentionDropout,
      hidden: config.dropout,
      activation: config.activationDropout,
    },
    padTokenId: config.padTokenId,
    initializerRange,
  };
}

/** The encoder that such a config states. @internal */
export function bartEncoder(config: BartLikeConfig, kind: BartKind): StackSpec {
  const { encoderAttentionHeads: heads, encoderLayers: layers } = config;
  const headSize = config.dModel / heads;
  const sizes = { layers, heads, kvHeads: heads, headSize, intermediateSize: config.encoderFfnDim };
  return { ...stackSpec(config, kind), ...sizes, isCausal: false, crosses: false };
}

/** The decoder that such a config states. @internal */
export function bartDecoder(config: BartLikeConfig, kind: BartKind): StackSpec {
  const { decoderAttentionHeads: heads, decoderLayers: layers } = config;
  const headSize = config.dModel / heads;
  const sizes = { layers, heads, kvHeads: heads, headSize, intermediateSize: config.decoderFfnDim };
  return { ...stackSpec(config, kind), ...sizes, isCausal: true, crosses: true };
}

/** BART's names of a stack, which its relatives kept. @internal */
export function bartNames(own: Partial<StackNames['stack']>): StackNames {
  return {
    stack: { words: 'embed_tokens', positions: 'embed_positions', layers: 'layers', ...own },
    layer: {
      attention: 'self_attn',
      attentionNorm: 'self_attn_layer_norm',
      cross: 'encoder_attn',
      crossNorm: 'encoder_attn_layer_norm',
      feedForward: '',
      outputNorm: 'final_layer_norm',
    },
    attention: { key: 'k_proj', value: 'v_proj', query: 'q_proj', out: 'out_proj' },
    feedForward: { up: 'fc1', down: 'fc2' },
  };
}

/** The ids of a config's end tokens. @internal */
export function endsOf({ eosTokenId }: Pick<BartLikeConfig, 'eosTokenId'>): number[] {
  return [eosTokenId ?? []].flat();
}
