import { debertaFamilyOf, debertaNames, debertaSpec } from '../shared/encoder/deberta_like.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { type Family, modelOf } from '../shared/heads/family.js';
import { MaskedLM } from '../shared/heads/masked_lm.js';
import { MultipleChoice } from '../shared/heads/multiple_choice.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { SequenceClassifier } from '../shared/heads/sequence_classifier.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { DebertaV2Config } from './config.js';

const debertaV2: Family<DebertaV2Config> = {
  ...debertaFamilyOf<DebertaV2Config>(),
  names: {
    ...debertaNames,
    parts: ['query_proj', 'key_proj', 'value_proj'],
    positionParts: { key: 'pos_key_proj', query: 'pos_query_proj' },
  },
  spec: debertaSpec,
};

/**
 * DeBERTa of version 2 or 3 without a head: states of all tokens.
 *
 * @example
 * ```ts
 * import { DebertaV2Config, DebertaV2Model } from 'gridstride';
 * const config = new DebertaV2Config({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { lastHiddenState } = new DebertaV2Model(config).forward({ inputIds: [[1, 7, 2]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class DebertaV2Model extends modelOf(BaseModel<DebertaV2Config>, debertaV2) {}

/**
 * DeBERTa of version 2 or 3 with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { DebertaV2Config, DebertaV2ForSequenceClassification } from 'gridstride';
 * const config = new DebertaV2Config({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new DebertaV2ForSequenceClassification(config).forward({ inputIds: [[1, 7, 2], [1, 2]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class DebertaV2ForSequenceClassification extends modelOf(SequenceClassifier<DebertaV2Config>, debertaV2) {}

/**
 * DeBERTa of version 2 or 3 that chooses among the texts of each question.
 *
 * @example
 * ```ts
 * import { DebertaV2Config, DebertaV2ForMultipleChoice } from 'gridstride';
 * const config = new DebertaV2Config({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new DebertaV2ForMultipleChoice(config).forward({ inputIds: [[[1, 7, 2], [1, 8, 2]]] });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class DebertaV2ForMultipleChoice extends modelOf(MultipleChoice<DebertaV2Config>, debertaV2) {}

/**
 * DeBERTa of version 2 or 3 with one class per token.
 *
 * @example
 * ```ts
 * import { DebertaV2Config, DebertaV2ForTokenClassification } from 'gridstride';
 * const config = new DebertaV2Config({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new DebertaV2ForTokenClassification(config).forward({ inputIds: [[1, 7, 2], [1, 2]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class DebertaV2ForTokenClassification extends modelOf(TokenClassifier<DebertaV2Config>, debertaV2) {}

/**
 * DeBERTa of version 2 or 3 that predicts masked words.
 *
 * @example
 * ```ts
 * import { DebertaV2Config, DebertaV2ForMaskedLM } from 'gridstride';
 * const config = new DebertaV2Config({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new DebertaV2ForMaskedLM(config).forward({ inputIds: [[1, 4, 2]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class DebertaV2ForMaskedLM extends modelOf(MaskedLM<DebertaV2Config>, debertaV2) {}

/**
 * DeBERTa of version 2 or 3 that points at answers.
 *
 * @example
 * ```ts
 * import { DebertaV2Config, DebertaV2ForQuestionAnswering } from 'gridstride';
 * const config = new DebertaV2Config({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { startLogits } = new DebertaV2ForQuestionAnswering(config).forward({ inputIds: [[1, 7, 2]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class DebertaV2ForQuestionAnswering extends modelOf(QuestionAnswering<DebertaV2Config>, debertaV2) {}
