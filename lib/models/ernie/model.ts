import { bertOf } from '../bert/model.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { modelOf } from '../shared/heads/family.js';
import { MaskedLM } from '../shared/heads/masked_lm.js';
import { MultipleChoice } from '../shared/heads/multiple_choice.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { SequenceClassifier } from '../shared/heads/sequence_classifier.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { ErnieConfig } from './config.js';

const ernie = bertOf<ErnieConfig>('ernie');

/**
 * ERNIE without a head: states of all tokens, and the first one pooled.
 *
 * @example
 * ```ts
 * import { ErnieConfig, ErnieModel } from 'gridstride';
 * const config = new ErnieConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { lastHiddenState } = new ErnieModel(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class ErnieModel extends modelOf(BaseModel<ErnieConfig>, ernie) {}

/**
 * ERNIE with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { ErnieConfig, ErnieForSequenceClassification } from 'gridstride';
 * const config = new ErnieConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new ErnieForSequenceClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class ErnieForSequenceClassification extends modelOf(SequenceClassifier<ErnieConfig>, ernie) {}

/**
 * ERNIE that chooses among the texts of each question.
 *
 * @example
 * ```ts
 * import { ErnieConfig, ErnieForMultipleChoice } from 'gridstride';
 * const config = new ErnieConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new ErnieForMultipleChoice(config).forward({ inputIds: [[[2, 7, 3], [2, 8, 3]]] });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class ErnieForMultipleChoice extends modelOf(MultipleChoice<ErnieConfig>, ernie) {}

/**
 * ERNIE with one class per token.
 *
 * @example
 * ```ts
 * import { ErnieConfig, ErnieForTokenClassification } from 'gridstride';
 * const config = new ErnieConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new ErnieForTokenClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class ErnieForTokenClassification extends modelOf(TokenClassifier<ErnieConfig>, ernie) {}

/**
 * ERNIE that predicts masked words.
 *
 * @example
 * ```ts
 * import { ErnieConfig, ErnieForMaskedLM } from 'gridstride';
 * const config = new ErnieConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new ErnieForMaskedLM(config).forward({ inputIds: [[2, 4, 3]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class ErnieForMaskedLM extends modelOf(MaskedLM<ErnieConfig>, ernie) {}

/**
 * ERNIE that points at answers.
 *
 * @example
 * ```ts
 * import { ErnieConfig, ErnieForQuestionAnswering } from 'gridstride';
 * const config = new ErnieConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { startLogits } = new ErnieForQuestionAnswering(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class ErnieForQuestionAnswering extends modelOf(QuestionAnswering<ErnieConfig>, ernie) {}
