import { activationOf } from '../shared/encoder/activations.js';
import { sinusoidalPositions } from '../shared/encoder/sinusoidal.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { type Family, modelOf } from '../shared/heads/family.js';
import { MaskedLM } from '../shared/heads/masked_lm.js';
import { MultipleChoice } from '../shared/heads/multiple_choice.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { SequenceClassifier } from '../shared/heads/sequence_classifier.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { DistilBertConfig } from './config.js';

/** DistilBERT's norms have this constant; no field of its config says it. */
const EPS = 1e-12;

const distilbert: Family<DistilBertConfig> = {
  prefix: 'distilbert',
  names: {
    encoder: { embeddings: 'embeddings', layers: 'transformer.layer' },
    embeddings: { words: 'word_embeddings', positions: 'position_embeddings', norm: 'LayerNorm' },
    layer: {
      attention: 'attention',
      projection: 'attention.out_lin',
      attentionNorm: 'sa_layer_norm',
      up: 'ffn.lin1',
      down: 'ffn.lin2',
      outputNorm: 'output_layer_norm',
    },
    parts: ['q_lin', 'k_lin', 'v_lin'],
  },
  spec: (config) => ({
    vocabSize: config.vocabSize,
    maxPositions: config.maxPositionEmbeddings,
    typeVocabSize: 0,
    embeddingSize: config.dim,
    hiddenSize: config.dim,
    intermediateSize: config.hiddenDim,
    layers: config.nLayers,
    heads: config.nHeads,
    activation: activationOf(config.activation),
    eps: EPS,
    hiddenDropout: config.dropout,
    attentionDropout: config.attentionDropout,
    // The projection after attention has no dropout here.
    projectionDropout: 0,
    initializerRange: config.initializerRange,
    padTokenId: config.padTokenId,
    ...(config.sinusoidalPosEmbds && {
      positionValues: () => sinusoidalPositions(config.maxPositionEmbeddings, config.dim),
    }),
  }),
  heads: {
    sequences: pooled,
    choices: pooled,
    tokens: (config) => ({ names: { classifier: 'classifier' }, dropout: config.dropout }),
    words: (config) => ({
      names: {
        dense: 'vocab_transform',
        norm: 'vocab_layer_norm',
        bias: 'vocab_projector',
        decoder: 'vocab_projector',
      },
      activation: activationOf(config.activation),
    }),
    answers: (config) => ({ names: { outputs: 'qa_outputs' }, dropout: config.qaDropout }),
  },
};

function pooled(config: DistilBertConfig) {
  const names = { dense: 'pre_classifier', classifier: 'classifier' };
  return { names, activation: 'relu' as const, dropout: config.seqClassifDropout };
}

/**
 * DistilBERT without a head: states of all tokens.
 *
 * @example
 * ```ts
 * import { DistilBertConfig, DistilBertModel } from 'gridstride';
 * const config = new DistilBertConfig({ vocabSize: 20, dim: 8, nLayers: 1, nHeads: 2 });
 * const { lastHiddenState } = new DistilBertModel(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class DistilBertModel extends modelOf(BaseModel<DistilBertConfig>, distilbert) {}

/**
 * DistilBERT with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { DistilBertConfig, DistilBertForSequenceClassification } from 'gridstride';
 * const config = new DistilBertConfig({ vocabSize: 20, dim: 8, nLayers: 1, nHeads: 2 });
 * const { logits } = new DistilBertForSequenceClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class DistilBertForSequenceClassification extends modelOf(SequenceClassifier<DistilBertConfig>, distilbert) {}

/**
 * DistilBERT that chooses among the texts of each question.
 *
 * @example
 * ```ts
 * import { DistilBertConfig, DistilBertForMultipleChoice } from 'gridstride';
 * const config = new DistilBertConfig({ vocabSize: 20, dim: 8, nLayers: 1, nHeads: 2 });
 * const { logits } = new DistilBertForMultipleChoice(config).forward({ inputIds: [[[2, 7, 3], [2, 8, 3]]] });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class DistilBertForMultipleChoice extends modelOf(MultipleChoice<DistilBertConfig>, distilbert) {}

/**
 * DistilBERT with one class per token.
 *
 * @example
 * ```ts
 * import { DistilBertConfig, DistilBertForTokenClassification } from 'gridstride';
 * const config = new DistilBertConfig({ vocabSize: 20, dim: 8, nLayers: 1, nHeads: 2 });
 * const { logits } = new DistilBertForTokenClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class DistilBertForTokenClassification extends modelOf(TokenClassifier<DistilBertConfig>, distilbert) {}

/**
 * DistilBERT that predicts masked words.
 *
 * @example
 * ```ts
 * import { DistilBertConfig, DistilBertForMaskedLM } from 'gridstride';
 * const config = new DistilBertConfig({ vocabSize: 20, dim: 8, nLayers: 1, nHeads: 2 });
 * const { logits } = new DistilBertForMaskedLM(config).forward({ inputIds: [[2, 4, 3]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class DistilBertForMaskedLM extends modelOf(MaskedLM<DistilBertConfig>, distilbert) {}

/**
 * DistilBERT that points at answers.
 *
 * @example
 * ```ts
 * import { DistilBertConfig, DistilBertForQuestionAnswering } from 'gridstride';
 * const config = new DistilBertConfig({ vocabSize: 20, dim: 8, nLayers: 1, nHeads: 2 });
 * const { startLogits } = new DistilBertForQuestionAnswering(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class DistilBertForQuestionAnswering extends modelOf(QuestionAnswering<DistilBertConfig>, distilbert) {}
