import {
  RobertaForMaskedLM,
  RobertaForMultipleChoice,
  RobertaForQuestionAnswering,
  RobertaForSequenceClassification,
  RobertaForTokenClassification,
  RobertaModel,
} from '../roberta/model.js';

/**
 * XLM-RoBERTa without a head: states of all tokens.
 *
 * @example
 * ```ts
 * import { XLMRobertaConfig, XLMRobertaModel } from 'gridstride';
 * const config = new XLMRobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { lastHiddenState } = new XLMRobertaModel(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class XLMRobertaModel extends RobertaModel {}

/**
 * XLM-RoBERTa with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { XLMRobertaConfig, XLMRobertaForSequenceClassification } from 'gridstride';
 * const config = new XLMRobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new XLMRobertaForSequenceClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class XLMRobertaForSequenceClassification extends RobertaForSequenceClassification {}

/**
 * XLM-RoBERTa that chooses among the texts of each question.
 *
 * @example
 * ```ts
 * import { XLMRobertaConfig, XLMRobertaForMultipleChoice } from 'gridstride';
 * const config = new XLMRobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new XLMRobertaForMultipleChoice(config).forward({ inputIds: [[[2, 7, 3], [2, 8, 3]]] });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class XLMRobertaForMultipleChoice extends RobertaForMultipleChoice {}

/**
 * XLM-RoBERTa with one class per token.
 *
 * @example
 * ```ts
 * import { XLMRobertaConfig, XLMRobertaForTokenClassification } from 'gridstride';
 * const config = new XLMRobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new XLMRobertaForTokenClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class XLMRobertaForTokenClassification extends RobertaForTokenClassification {}

/**
 * XLM-RoBERTa that predicts masked words.
 *
 * @example
 * ```ts
 * import { XLMRobertaConfig, XLMRobertaForMaskedLM } from 'gridstride';
 * const config = new XLMRobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new XLMRobertaForMaskedLM(config).forward({ inputIds: [[2, 4, 3]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class XLMRobertaForMaskedLM extends RobertaForMaskedLM {}

/**
 * XLM-RoBERTa that points at answers.
 *
 * @example
 * ```ts
 * import { XLMRobertaConfig, XLMRobertaForQuestionAnswering } from 'gridstride';
 * const config = new XLMRobertaConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { startLogits } = new XLMRobertaForQuestionAnswering(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class XLMRobertaForQuestionAnswering extends RobertaForQuestionAnswering {}
