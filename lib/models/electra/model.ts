import { activationOf } from '../shared/encoder/activations.js';
import { bertNames, encoderSpec, headDropout } from '../shared/encoder/bert_like.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { type Family, modelOf } from '../shared/heads/family.js';
import { MaskedLM } from '../shared/heads/masked_lm.js';
import { MultipleChoice } from '../shared/heads/multiple_choice.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { SequenceClassifier } from '../shared/heads/sequence_classifier.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import { TokenDiscriminator } from '../shared/heads/token_discriminator.js';
import type { ElectraConfig } from './config.js';

const electra: Family<ElectraConfig> = {
  prefix: 'electra',
  names: {
    ...bertNames,
    encoder: { embeddings: 'embeddings', expansion: 'embeddings_project', layers: 'encoder.layer' },
  },
  spec: (config) => ({ ...encoderSpec(config), expands: config.embeddingSize !== config.hiddenSize }),
  heads: {
    sequences: (config) => ({
      names: { dense: 'classifier.dense', classifier: 'classifier.out_proj' },
      activation: 'gelu',
      inputDropout: headDropout(config),
      dropout: headDropout(config),
    }),
    choices: (config) => ({
      names: { dense: 'sequence_summary.summary', classifier: 'classifier' },
      activation: config.summaryActivation === null ? 'none' : activationOf(config.summaryActivation),
      dropout: config.summaryLastDropout,
    }),
    tokens: (config) => ({ names: { classifier: 'classifier' }, dropout: headDropout(config) }),
    words: () => ({
      names: {
        norm: 'generator_predictions.LayerNorm',
        dense: 'generator_predictions.dense',
        bias: 'generator_lm_head',
        decoder: 'generator_lm_head',
      },
      activation: 'gelu',
    }),
    answers: () => ({ names: { outputs: 'qa_outputs' }, dropout: 0 }),
    replacements: (config) => ({
      names: { dense: 'discriminator_predictions.dense', prediction: 'discriminator_predictions.dense_prediction' },
      activation: activationOf(config.hiddenAct),
    }),
  },
};

/**
 * ELECTRA without a head: states of all tokens.
 *
 * @example
 * ```ts
 * import { ElectraConfig, ElectraModel } from 'gridstride';
 * const config = new ElectraConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2 });
 * const { lastHiddenState } = new ElectraModel(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class ElectraModel extends modelOf(BaseModel<ElectraConfig>, electra) {}

/**
 * ELECTRA with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { ElectraConfig, ElectraForSequenceClassification } from 'gridstride';
 * const config = new ElectraConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2 });
 * const { logits } = new ElectraForSequenceClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class ElectraForSequenceClassification extends modelOf(SequenceClassifier<ElectraConfig>, electra) {}

/**
 * ELECTRA that chooses among the texts of each question.
 *
 * @example
 * ```ts
 * import { ElectraConfig, ElectraForMultipleChoice } from 'gridstride';
 * const config = new ElectraConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2 });
 * const { logits } = new ElectraForMultipleChoice(config).forward({ inputIds: [[[2, 7, 3], [2, 8, 3]]] });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class ElectraForMultipleChoice extends modelOf(MultipleChoice<ElectraConfig>, electra) {}

/**
 * ELECTRA with one class per token.
 *
 * @example
 * ```ts
 * import { ElectraConfig, ElectraForTokenClassification } from 'gridstride';
 * const config = new ElectraConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2 });
 * const { logits } = new ElectraForTokenClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class ElectraForTokenClassification extends modelOf(TokenClassifier<ElectraConfig>, electra) {}

/**
 * ELECTRA that predicts masked words.
 *
 * @example
 * ```ts
 * import { ElectraConfig, ElectraForMaskedLM } from 'gridstride';
 * const config = new ElectraConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2 });
 * const { logits } = new ElectraForMaskedLM(config).forward({ inputIds: [[2, 4, 3]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class ElectraForMaskedLM extends modelOf(MaskedLM<ElectraConfig>, electra) {}

/**
 * ELECTRA that points at answers.
 *
 * @example
 * ```ts
 * import { ElectraConfig, ElectraForQuestionAnswering } from 'gridstride';
 * const config = new ElectraConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2 });
 * const { startLogits } = new ElectraForQuestionAnswering(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class ElectraForQuestionAnswering extends modelOf(QuestionAnswering<ElectraConfig>, electra) {}

/**
 * ELECTRA that tells replaced tokens: the discriminator of its pre-training.
 *
 * @example
 * ```ts
 * import { ElectraConfig, ElectraForPreTraining } from 'gridstride';
 * const config = new ElectraConfig({ vocabSize: 20, embeddingSize: 4, hiddenSize: 8, numAttentionHeads: 2 });
 * const { logits } = new ElectraForPreTraining(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(logits.shape); // [ 1, 3 ]
 * ```
 */
export class ElectraForPreTraining extends modelOf(TokenDiscriminator<ElectraConfig>, electra) {}
