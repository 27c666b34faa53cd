import type { ParameterInit } from '../../nn/init.js';
import { activationOf } from '../shared/activations.js';
import { BaseModel } from '../shared/base_model.js';
import type { Family } from '../shared/family.js';
import { MaskedLM } from '../shared/masked_lm.js';
import { QuestionAnswering } from '../shared/question_answering.js';
import { SequenceClassifier } from '../shared/sequence_classifier.js';
import { TokenClassifier } from '../shared/token_classifier.js';
import type { BertConfig } from './config.js';

const bert: Family<BertConfig> = {
  prefix: 'bert',
  names: {
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
  },
  spec: (config) => ({
    vocabSize: config.vocabSize,
    maxPositions: config.maxPositionEmbeddings,
    typeVocabSize: config.typeVocabSize,
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
  }),
};

function headDropout({ classifierDropout, hiddenDropoutProb }: BertConfig): number {
  return classifierDropout ?? hiddenDropoutProb;
}

/**
 * BERT without a head: states of all tokens, and the first one pooled.
 *
 * @example
 * ```ts
 * import { BertConfig, BertModel } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { lastHiddenState } = new BertModel(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class BertModel extends BaseModel<BertConfig> {
  constructor(config: BertConfig, init?: ParameterInit) {
    super(bert, { pooler: 'pooler.dense' }, config, init);
  }
}

/**
 * BERT with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { BertConfig, BertForSequenceClassification } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new BertForSequenceClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class BertForSequenceClassification extends SequenceClassifier<BertConfig> {
  constructor(config: BertConfig, init?: ParameterInit) {
    const names = { dense: 'bert.pooler.dense', classifier: 'classifier' };
    super(bert, { names, activation: 'tanh', dropout: headDropout(config) }, config, init);
  }
}

/**
 * BERT with one class per token.
 *
 * @example
 * ```ts
 * import { BertConfig, BertForTokenClassification } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new BertForTokenClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class BertForTokenClassification extends TokenClassifier<BertConfig> {
  constructor(config: BertConfig, init?: ParameterInit) {
    super(bert, { names: { classifier: 'classifier' }, dropout: headDropout(config) }, config, init);
  }
}

/**
 * BERT that predicts masked words.
 *
 * @example
 * ```ts
 * import { BertConfig, BertForMaskedLM } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new BertForMaskedLM(config).forward({ inputIds: [[2, 4, 3]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class BertForMaskedLM extends MaskedLM<BertConfig> {
  constructor(config: BertConfig, init?: ParameterInit) {
    const names = {
      dense: 'cls.predictions.transform.dense',
      norm: 'cls.predictions.transform.LayerNorm',
      bias: 'cls.predictions.bias',
      decoder: 'cls.predictions.decoder',
    };
    super(bert, { names, activation: activationOf(config.hiddenAct) }, config, init);
  }
}

/**
 * BERT that points at answers.
 *
 * @example
 * ```ts
 * import { BertConfig, BertForQuestionAnswering } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { startLogits } = new BertForQuestionAnswering(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class BertForQuestionAnswering extends QuestionAnswering<BertConfig> {
  constructor(config: BertConfig, init?: ParameterInit) {
    super(bert, { names: { outputs: 'qa_outputs' }, dropout: 0 }, config, init);
  }
}
