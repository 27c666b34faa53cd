import { chance, integer, never, oneOf, real } from '../../../util/fields.js';
import type { ModelConfig, OwnFields } from '../../config.js';
import { ACTIVATION_NAMES, activationOf } from './activations.js';
import type { EncoderNames, EncoderSpec } from './spec.js';

/** Fields of config.json that BERT's relatives share, with BERT's defaults. @internal */
export const encoderFields = {
  vocab_size: integer().default(30522),
  hidden_size: integer({ max: 1 << 16 }).default(768),
  num_hidden_layers: integer({ max: 1000 }).default(12),
  num_attention_heads: integer({ max: 1 << 16 }).default(12),
  intermediate_size: integer({ max: 1 << 20 }).default(3072),
  hidden_act: oneOf(...ACTIVATION_NAMES).default('gelu'),
  hidden_dropout_prob: chance().default(0.1),
  attention_probs_dropout_prob: chance().default(0.1),
  max_position_embeddings: integer({ max: 1 << 24 }).default(512),
  layer_norm_eps: real({ max: 1 }).default(1e-12),
  pad_token_id: integer({ min: 0 }).nullable().default(0),
};

/** Those of BERT, and of relatives with token types. @internal */
export const bertFields = {
  ...encoderFields,
  type_vocab_size: integer({ max: 1 << 16 }).default(2),
  classifier_dropout: chance().nullable().default(null),
  position_embedding_type: oneOf('absolute').default('absolute'),
  is_decoder: never().default(false),
};

/** BERT's names, which most of its relatives kept. @internal */
export const bertNames: EncoderNames = {
  encoder: { embeddings: 'embeddings', layers: 'encoder.layer' },
  embeddings: {
    words: 'word_embeddings',
    positions: 'position_embeddings',
    types: 'token_type_embeddings',
    norm: 'LayerNorm',
  },
  layer: {
    attention: 'attention.self',
    projection: 'attention.output.dense',
    attentionNorm: 'attention.output.LayerNorm',
    up: 'intermediate.dense',
    down: 'output.dense',
    outputNorm: 'output.LayerNorm',
  },
  parts: ['query', 'key', 'value'],
};

/** A config with the fields of BERT's relatives. @internal */
export type EncoderConfig = ModelConfig &
  Required<OwnFields<typeof encoderFields>> & {
    readonly typeVocabSize?: number;
    readonly embeddingSize?: number | undefined;
  };

/** The sizes and rates that such a config states. @internal */
export function encoderSpec(config: EncoderConfig): EncoderSpec {
  return {
    vocabSize: config.vocabSize,
    maxPositions: config.maxPositionEmbeddings,
    typeVocabSize: config.typeVocabSize ?? 0,
    embeddingSize: config.embeddingSize ?? config.hiddenSize,
    hiddenSize: config.hiddenSize,
    intermediateSize: config.intermediateSize,
    layers: config.numHiddenLayers,
    heads: config.numAttentionHeads,
    activation: activationOf(config.hiddenAct),
    eps: config.layerNormEps,
    hiddenDropout: config.hiddenDropoutProb,
    attentionDropout: config.attentionProbsDropoutProb,
    initializerRange: config.initializerRange,
    padTokenId: config.padTokenId,
  };
}

/** The rate of a head's dropout: its own, where the config has one. @internal */
export function headDropout(config: { classifierDropout: number | null; hiddenDropoutProb: number }): number {
  return config.classifierDropout ?? config.hiddenDropoutProb;
}
