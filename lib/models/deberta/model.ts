import { debertaFamilyOf, debertaNames, debertaSpec } from '../shared/encoder/deberta_like.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { type Family, modelOf } from '../shared/heads/family.js';
import { MaskedLM } from '../shared/heads/masked_lm.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { SequenceClassifier } from '../shared/heads/sequence_classifier.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { DebertaConfig } from './config.js';

const deberta: Family<DebertaConfig> = {
  ...debertaFamilyOf<DebertaConfig>(),
  names: {
    ...debertaNames,
    interleaved: { product: 'in_proj', queryBias: 'q_bias', valueBias: 'v_bias' },
    positionParts: { key: 'pos_proj', query: 'pos_q_proj' },
  },
  spec: debertaSpec,
};

/**
 * DeBERTa without a head: states of all tokens.
 *
 * @example
 * ```ts
 * import { DebertaConfig, DebertaModel } from 'gridstride';
 * const config = new DebertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { lastHiddenState } = new DebertaModel(config).forward({ inputIds: [[1, 7, 2]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class DebertaModel extends modelOf(BaseModel<DebertaConfig>, deberta) {}

/**
 * DeBERTa with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { DebertaConfig, DebertaForSequenceClassification } from 'gridstride';
 * const config = new DebertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new DebertaForSequenceClassification(config).forward({ inputIds: [[1, 7, 2], [1, 2]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class DebertaForSequenceClassification extends modelOf(SequenceClassifier<DebertaConfig>, deberta) {}

/**
 * DeBERTa with one class per token.
 *
 * @example
 * ```ts
 * import { DebertaConfig, DebertaForTokenClassification } from 'gridstride';
 * const config = new DebertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new DebertaForTokenClassification(config).forward({ inputIds: [[1, 7, 2], [1, 2]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class DebertaForTokenClassification extends modelOf(TokenClassifier<DebertaConfig>, deberta) {}

/**
 * DeBERTa that predicts masked words.
 *
 * @example
 * ```ts
 * import { DebertaConfig, DebertaForMaskedLM } from 'gridstride';
 * const config = new DebertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new DebertaForMaskedLM(config).forward({ inputIds: [[1, 4, 2]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class DebertaForMaskedLM extends modelOf(MaskedLM<DebertaConfig>, deberta) {}

/**
 * DeBERTa that points at answers.
 *
 * @example
 * ```ts
 * import { DebertaConfig, DebertaForQuestionAnswering } from 'gridstride';
 * const config = new DebertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { startLogits } = new DebertaForQuestionAnswering(config).forward({ inputIds: [[1, 7, 2]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class DebertaForQuestionAnswering extends modelOf(QuestionAnswering<DebertaConfig>, deberta) {}
