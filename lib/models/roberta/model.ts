import { bertNames, encoderSpec, headDropout } from '../shared/encoder/bert_like.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { type Family, modelOf } from '../shared/heads/family.js';
import { MaskedLM } from '../shared/heads/masked_lm.js';
import { MultipleChoice } from '../shared/heads/multiple_choice.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { SequenceClassifier } from '../shared/heads/sequence_classifier.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { RobertaConfig } from './config.js';

const roberta: Family<RobertaConfig> = {
  prefix: 'roberta',
  names: {
    ...bertNames,
    embeddings: {
      words: 'word_embeddings',
      types: 'token_type_embeddings',
      norm: 'LayerNorm',
      positions: 'position_embeddings',
    },
  },
  spec: (config) => ({ ...encoderSpec(config), countedPadding: config.padTokenId }),
  pooler: 'pooler.dense',
  heads: {
    sequences: (config) => ({
      names: { dense: 'classifier.dense', classifier: 'classifier.out_proj' },
      activation: 'tanh',
      inputDropout: headDropout(config),
      dropout: headDropout(config),
    }),
    choices: (config) => ({
      names: { dense: 'roberta.pooler.dense', classifier: 'classifier' },
      activation: 'tanh',
      dropout: config.hiddenDropoutProb,
    }),
    tokens: (config) => ({ names: { classifier: 'classifier' }, dropout: headDropout(config) }),
    words: () => ({
      names: { bias: 'lm_head', dense: 'lm_head.dense', norm: 'lm_head.layer_norm', decoder: 'lm_head.decoder' },
      activation: 'gelu',
    }),
    answers: () => ({ names: { outputs: 'qa_outputs' }, dropout: 0 }),
  },
};

/**
 * RoBERTa without a head: states of all tokens, and the first one pooled.
 *
 * @example
 * ```ts
 * import { RobertaConfig, RobertaModel } from 'gridstride';
 * const config = new RobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { lastHiddenState } = new RobertaModel(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class RobertaModel extends modelOf(BaseModel<RobertaConfig>, roberta) {}

/**
 * RoBERTa with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { RobertaConfig, RobertaForSequenceClassification } from 'gridstride';
 * const config = new RobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new RobertaForSequenceClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class RobertaForSequenceClassification extends modelOf(SequenceClassifier<RobertaConfig>, roberta) {}

/**
 * RoBERTa that chooses among the texts of each question.
 *
 * @example
 * ```ts
 * import { RobertaConfig, RobertaForMultipleChoice } from 'gridstride';
 * const config = new RobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new RobertaForMultipleChoice(config).forward({ inputIds: [[[2, 7, 3], [2, 8, 3]]] });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class RobertaForMultipleChoice extends modelOf(MultipleChoice<RobertaConfig>, roberta) {}

/**
 * RoBERTa with one class per token.
 *
 * @example
 * ```ts
 * import { RobertaConfig, RobertaForTokenClassification } from 'gridstride';
 * const config = new RobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new RobertaForTokenClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class RobertaForTokenClassification extends modelOf(TokenClassifier<RobertaConfig>, roberta) {}

/**
 * RoBERTa that predicts masked words.
 *
 * @example
 * ```ts
 * import { RobertaConfig, RobertaForMaskedLM } from 'gridstride';
 * const config = new RobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new RobertaForMaskedLM(config).forward({ inputIds: [[2, 4, 3]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class RobertaForMaskedLM extends modelOf(MaskedLM<RobertaConfig>, roberta) {}

/**
 * RoBERTa that points at answers.
 *
 * @example
 * ```ts
 * import { RobertaConfig, RobertaForQuestionAnswering } from 'gridstride';
 * const config = new RobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { startLogits } = new RobertaForQuestionAnswering(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class RobertaForQuestionAnswering extends modelOf(QuestionAnswering<RobertaConfig>, roberta) {}
