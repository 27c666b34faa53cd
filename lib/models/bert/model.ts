import { activationOf } from '../shared/encoder/activations.js';
import { bertNames, encoderSpec, headDropout } from '../shared/encoder/bert_like.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { type Family, modelOf } from '../shared/heads/family.js';
import { MaskedLM } from '../shared/heads/masked_lm.js';
import { MultipleChoice } from '../shared/heads/multiple_choice.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { SequenceClassifier } from '../shared/heads/sequence_classifier.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { BertConfig } from './config.js';

/** BERT, or a family that differs from it in names alone. @internal */
export function bertOf<Config extends BertConfig>(prefix: string): Family<Config> {
  const pooled = (config: Config) => ({
    names: { dense: `${prefix}.pooler.dense`, classifier: 'classifier' },
    activation: 'tanh' as const,
    dropout: headDropout(config),
  });
  return {
    prefix,
    names: bertNames,
    spec: encoderSpec,
    pooler: 'pooler.dense',
    heads: {
      sequences: pooled,
      choices: pooled,
      tokens: (config) => ({ names: { classifier: 'classifier' }, dropout: headDropout(config) }),
      words: (config) => ({
        names: {
          bias: 'cls.predictions',
          dense: 'cls.predictions.transform.dense',
          norm: 'cls.predictions.transform.LayerNorm',
          decoder: 'cls.predictions.decoder',
        },
        activation: activationOf(config.hiddenAct),
      }),
      answers: () => ({ names: { outputs: 'qa_outputs' }, dropout: 0 }),
    },
  };
}

const bert = bertOf<BertConfig>('bert');

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
export class BertModel extends modelOf(BaseModel<BertConfig>, bert) {}

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
export class BertForSequenceClassification extends modelOf(SequenceClassifier<BertConfig>, bert) {}

/**
 * BERT that chooses among the texts of each question.
 *
 * @example
 * ```ts
 * import { BertConfig, BertForMultipleChoice } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new BertForMultipleChoice(config).forward({ inputIds: [[[2, 7, 3], [2, 8, 3]]] });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class BertForMultipleChoice extends modelOf(MultipleChoice<BertConfig>, bert) {}

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
export class BertForTokenClassification extends modelOf(TokenClassifier<BertConfig>, bert) {}

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
export class BertForMaskedLM extends modelOf(MaskedLM<BertConfig>, bert) {}

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
export class BertForQuestionAnswering extends modelOf(QuestionAnswering<BertConfig>, bert) {}
