import { ConfigError } from '../../util/errors.js';
import { bertNames, encoderSpec } from '../shared/encoder/bert_like.js';
import type { EncoderSpec } from '../shared/encoder/spec.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { type Family, modelOf } from '../shared/heads/family.js';
import { MaskedLM } from '../shared/heads/masked_lm.js';
import { MultipleChoice } from '../shared/heads/multiple_choice.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { SequenceClassifier } from '../shared/heads/sequence_classifier.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { LongformerConfig } from './config.js';

const longformer: Family<LongformerConfig> = {
  prefix: 'longformer',
  names: {
    ...bertNames,
    embeddings: {
      words: 'word_embeddings',
      types: 'token_type_embeddings',
      norm: 'LayerNorm',
      positions: 'position_embeddings',
    },
    globalParts: ['query_global', 'key_global', 'value_global'],
  },
  spec: specOf,
  pooler: 'pooler.dense',
  heads: {
    sequences: ({ hiddenDropoutProb: dropout }) => ({
      names: { dense: 'classifier.dense', classifier: 'classifier.out_proj' },
      activation: 'tanh',
      inputDropout: dropout,
      dropout,
    }),
    choices: ({ hiddenDropoutProb: dropout }) => ({
      names: { dense: 'longformer.pooler.dense', classifier: 'classifier' },
      activation: 'tanh',
      dropout,
    }),
    tokens: ({ hiddenDropoutProb: dropout }) => ({ names: { classifier: 'classifier' }, dropout }),
    words: () => ({
      names: { bias: 'lm_head', dense: 'lm_head.dense', norm: 'lm_head.layer_norm', decoder: 'lm_head.decoder' },
      activation: 'gelu',
    }),
    answers: () => ({ names: { outputs: 'qa_outputs' }, dropout: 0 }),
  },
};

function specOf(config: LongformerConfig): EncoderSpec {
  const { attentionWindow, numHiddenLayers: layers, padTokenId, sepTokenId } = config;
  const windows = typeof attentionWindow === 'number' ? Array<number>(layers).fill(attentionWindow) : attentionWindow;
  if (windows.length !== layers)
    throw new ConfigError(`config: attentionWindow must hold one for each of ${layers} layers, got ${windows.length}`, {
      field: 'attentionWindow',
      value: attentionWindow,
    });
  return {
    ...encoderSpec(config),
    countedPadding: padTokenId,
    windows: windows.map((tokens) => tokens / 2),
    separatorId: sepTokenId,
    // Python's padding tokens see nothing: what a head would read there says nothing of the text.
    skipsHiddenFirst: true,
  };
}

/**
 * Longformer without a head: states of all tokens, and the first one pooled.
 *
 * @example
 * ```ts
 * import { LongformerConfig, LongformerModel } from 'gridstride';
 * const config = new LongformerConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { lastHiddenState } = new LongformerModel(config).forward({ inputIds: [[0, 7, 2]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class LongformerModel extends modelOf(BaseModel<LongformerConfig>, longformer) {}

/**
 * Longformer with one prediction per sequence; its first token sees all others unless `globalAttentionMask` says otherwise.
 *
 * @example
 * ```ts
 * import { LongformerConfig, LongformerForSequenceClassification } from 'gridstride';
 * const config = new LongformerConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new LongformerForSequenceClassification(config).forward({ inputIds: [[0, 7, 2], [0, 2]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class LongformerForSequenceClassification extends modelOf(SequenceClassifier<LongformerConfig>, longformer) {}

/**
 * Longformer that chooses among the texts of each question; a choice's tokens see all others unless `globalAttentionMask`
 * says otherwise.
 *
 * @example
 * ```ts
 * import { LongformerConfig, LongformerForMultipleChoice } from 'gridstride';
 * const config = new LongformerConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const inputIds = [[[0, 7, 2, 2, 9, 2], [0, 7, 2, 2, 8, 2]]];
 * const { logits } = new LongformerForMultipleChoice(config).forward({ inputIds });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class LongformerForMultipleChoice extends modelOf(MultipleChoice<LongformerConfig>, longformer) {}

/**
 * Longformer with one class per token.
 *
 * @example
 * ```ts
 * import { LongformerConfig, LongformerForTokenClassification } from 'gridstride';
 * const config = new LongformerConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new LongformerForTokenClassification(config).forward({ inputIds: [[0, 7, 2], [0, 2]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class LongformerForTokenClassification extends modelOf(TokenClassifier<LongformerConfig>, longformer) {}

/**
 * Longformer that predicts masked words.
 *
 * @example
 * ```ts
 * import { LongformerConfig, LongformerForMaskedLM } from 'gridstride';
 * const config = new LongformerConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new LongformerForMaskedLM(config).forward({ inputIds: [[0, 4, 2]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class LongformerForMaskedLM extends modelOf(MaskedLM<LongformerConfig>, longformer) {}

/**
 * Longformer that points at answers; the question's tokens see all others unless `globalAttentionMask` says otherwise.
 *
 * @example
 * ```ts
 * import { LongformerConfig, LongformerForQuestionAnswering } from 'gridstride';
 * const config = new LongformerConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { startLogits } = new LongformerForQuestionAnswering(config).forward({ inputIds: [[0, 7, 2, 2, 9, 2]] });
 * console.log(startLogits.shape); // [ 1, 6 ]
 * ```
 */
export class LongformerForQuestionAnswering extends modelOf(QuestionAnswering<LongformerConfig>, longformer) {}
