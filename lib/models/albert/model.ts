import { activationOf } from '../shared/encoder/activations.js';
import { bertNames, encoderSpec } from '../shared/encoder/bert_like.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { type Family, modelOf } from '../shared/heads/family.js';
import { MaskedLM } from '../shared/heads/masked_lm.js';
import { MultipleChoice } from '../shared/heads/multiple_choice.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { SequenceClassifier } from '../shared/heads/sequence_classifier.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { AlbertConfig } from './config.js';

const albert: Family<AlbertConfig> = {
  prefix: 'albert',
  names: {
    ...bertNames,
    encoder: {
      embeddings: 'embeddings',
      expansion: 'encoder.embedding_hidden_mapping_in',
      layers: (layer, { sharing }) => {
        const group = Math.floor(layer / sharing!.inner);
        return `encoder.albert_layer_groups.${group}.albert_layers.${layer % sharing!.inner}`;
      },
    },
    layer: {
      outputNorm: 'full_layer_layer_norm',
      attention: 'attention',
      projection: 'attention.dense',
      attentionNorm: 'attention.LayerNorm',
      up: 'ffn',
      down: 'ffn_output',
    },
  },
  spec: (config) => ({
    ...encoderSpec(config),
    expands: true,
    sharing: { groups: config.numHiddenGroups, inner: config.innerGroupNum },
    // Python has a dropout after the feed-forward part and does not use it.
    outputDropout: 0,
  }),
  pooler: 'pooler',
  heads: {
    sequences: pooled,
    choices: pooled,
    tokens: (config) => ({ names: { classifier: 'classifier' }, dropout: config.classifierDropoutProb }),
    words: (config) => ({
      names: {
        bias: 'predictions',
        norm: 'predictions.LayerNorm',
        dense: 'predictions.dense',
        decoder: 'predictions.decoder',
      },
      activation: activationOf(config.hiddenAct),
    }),
    answers: () => ({ names: { outputs: 'qa_outputs' }, dropout: 0 }),
  },
};

function pooled(config: AlbertConfig) {
  const names = { dense: 'albert.pooler', classifier: 'classifier' };
  return { names, activation: 'tanh' as const, dropout: config.classifierDropoutProb };
}

/**
 * ALBERT without a head: states of all tokens, and the first one pooled.
 *
 * @example
 * ```ts
 * import { AlbertConfig, AlbertModel } from 'gridstride';
 * const config = new AlbertConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2, intermediateSize: 16 });
 * const { lastHiddenState } = new AlbertModel(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class AlbertModel extends modelOf(BaseModel<AlbertConfig>, albert) {}

/**
 * ALBERT with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { AlbertConfig, AlbertForSequenceClassification } from 'gridstride';
 * const config = new AlbertConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2, intermediateSize: 16 });
 * const { logits } = new AlbertForSequenceClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class AlbertForSequenceClassification extends modelOf(SequenceClassifier<AlbertConfig>, albert) {}

/**
 * ALBERT that chooses among the texts of each question.
 *
 * @example
 * ```ts
 * import { AlbertConfig, AlbertForMultipleChoice } from 'gridstride';
 * const config = new AlbertConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2, intermediateSize: 16 });
 * const { logits } = new AlbertForMultipleChoice(config).forward({ inputIds: [[[2, 7, 3], [2, 8, 3]]] });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class AlbertForMultipleChoice extends modelOf(MultipleChoice<AlbertConfig>, albert) {}

/**
 * ALBERT with one class per token.
 *
 * @example
 * ```ts
 * import { AlbertConfig, AlbertForTokenClassification } from 'gridstride';
 * const config = new AlbertConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2, intermediateSize: 16 });
 * const { logits } = new AlbertForTokenClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class AlbertForTokenClassification extends modelOf(TokenClassifier<AlbertConfig>, albert) {}

/**
 * ALBERT that predicts masked words.
 *
 * @example
 * ```ts
 * import { AlbertConfig, AlbertForMaskedLM } from 'gridstride';
 * const config = new AlbertConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2, intermediateSize: 16 });
 * const { logits } = new AlbertForMaskedLM(config).forward({ inputIds: [[2, 4, 3]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class AlbertForMaskedLM extends modelOf(MaskedLM<AlbertConfig>, albert) {}

/**
 * ALBERT that points at answers.
 *
 * @example
 * ```ts
 * import { AlbertConfig, AlbertForQuestionAnswering } from 'gridstride';
 * const config = new AlbertConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2, intermediateSize: 16 });
 * const { startLogits } = new AlbertForQuestionAnswering(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class AlbertForQuestionAnswering extends modelOf(QuestionAnswering<AlbertConfig>, albert) {}
