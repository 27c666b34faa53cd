import type { ParameterInit } from '../../nn/init.js';
import { activationOf } from '../shared/activations.js';
import { BaseModel } from '../shared/base_model.js';
import type { Family } from '../shared/family.js';
import { MaskedLM } from '../shared/masked_lm.js';
import { QuestionAnswering } from '../shared/question_answering.js';
import { SequenceClassifier } from '../shared/sequence_classifier.js';
import { sinusoidalPositions } from '../shared/sinusoidal.js';
import { TokenClassifier } from '../shared/token_classifier.js';
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
};

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
export class DistilBertModel extends BaseModel<DistilBertConfig> {
  constructor(config: DistilBertConfig, init?: ParameterInit) {
    super(distilbert, {}, config, init);
  }
}

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
export class DistilBertForSequenceClassification extends SequenceClassifier<DistilBertConfig> {
  constructor(config: DistilBertConfig, init?: ParameterInit) {
    const names = { dense: 'pre_classifier', classifier: 'classifier' };
    super(distilbert, { names, activation: 'relu', dropout: config.seqClassifDropout }, config, init);
  }
}

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
export class DistilBertForTokenClassification extends TokenClassifier<DistilBertConfig> {
  constructor(config: DistilBertConfig, init?: ParameterInit) {
    super(distilbert, { names: { classifier: 'classifier' }, dropout: config.dropout }, config, init);
  }
}

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
export class DistilBertForMaskedLM extends MaskedLM<DistilBertConfig> {
  constructor(config: DistilBertConfig, init?: ParameterInit) {
    const names = {
      dense: 'vocab_transform',
      norm: 'vocab_layer_norm',
      bias: 'vocab_projector.bias',
      decoder: 'vocab_projector',
    };
    super(distilbert, { names, activation: activationOf(config.activation) }, config, init);
  }
}

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
export class DistilBertForQuestionAnswering extends QuestionAnswering<DistilBertConfig> {
  constructor(config: DistilBertConfig, init?: ParameterInit) {
    super(distilbert, { names: { outputs: 'qa_outputs' }, dropout: config.qaDropout }, config, init);
  }
}
