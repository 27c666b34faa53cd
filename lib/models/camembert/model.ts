import {
  RobertaForMaskedLM,
  RobertaForMultipleChoice,
  RobertaForQuestionAnswering,
  RobertaForSequenceClassification,
  RobertaForTokenClassification,
  RobertaModel,
} from '../roberta/model.js';

/**
 * CamemBERT without a head: states of all tokens.
 *
 * @example
 * ```ts
 * import { CamembertConfig, CamembertModel } from 'gridstride';
 * const config = new CamembertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { lastHiddenState } = new CamembertModel(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class CamembertModel extends RobertaModel {}

/**
 * CamemBERT with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { CamembertConfig, CamembertForSequenceClassification } from 'gridstride';
 * const config = new CamembertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new CamembertForSequenceClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class CamembertForSequenceClassification extends RobertaForSequenceClassification {}

/**
 * CamemBERT that chooses among the texts of each question.
 *
 * @example
 * ```ts
 * import { CamembertConfig, CamembertForMultipleChoice } from 'gridstride';
 * const config = new CamembertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new CamembertForMultipleChoice(config).forward({ inputIds: [[[2, 7, 3], [2, 8, 3]]] });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class CamembertForMultipleChoice extends RobertaForMultipleChoice {}

/**
 * CamemBERT with one class per token.
 *
 * @example
 * ```ts
 * import { CamembertConfig, CamembertForTokenClassification } from 'gridstride';
 * const config = new CamembertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new CamembertForTokenClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class CamembertForTokenClassification extends RobertaForTokenClassification {}

/**
 * CamemBERT that predicts masked words.
 *
 * @example
 * ```ts
 * import { CamembertConfig, CamembertForMaskedLM } from 'gridstride';
 * const config = new CamembertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new CamembertForMaskedLM(config).forward({ inputIds: [[2, 4, 3]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class CamembertForMaskedLM extends RobertaForMaskedLM {}

/**
 * CamemBERT that points at answers.
 *
 * @example
 * ```ts
 * import { CamembertConfig, CamembertForQuestionAnswering } from 'gridstride';
 * const config = new CamembertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { startLogits } = new CamembertForQuestionAnswering(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class CamembertForQuestionAnswering extends RobertaForQuestionAnswering {}
