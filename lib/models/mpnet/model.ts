import { bertNames, encoderSpec } from '../shared/encoder/bert_like.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { type Family, modelOf } from '../shared/heads/family.js';
import { MaskedLM } from '../shared/heads/masked_lm.js';
import { MultipleChoice } from '../shared/heads/multiple_choice.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { SequenceClassifier } from '../shared/heads/sequence_classifier.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { MPNetConfig } from './config.js';

/** Python takes these whatever the config says: rows of the table beyond the buckets are never read. */
const DISTANCES = { buckets: 32, maxDistance: 128 };

/** The padding token's id, which Python takes whatever the config says. */
const PADDING = 1;

const mpnet: Family<MPNetConfig> = {
  prefix: 'mpnet',
  names: {
    encoder: { embeddings: 'embeddings', layers: 'encoder.layer', distances: 'encoder.relative_attention_bias' },
    embeddings: { words: 'word_embeddings', positions: 'position_embeddings', norm: 'LayerNorm' },
    layer: {
      ...bertNames.layer,
      attention: 'attention.attn',
      projection: 'attention.attn.o',
      attentionNorm: 'attention.LayerNorm',
    },
    parts: ['q', 'k', 'v'],
  },
  spec: (config) => ({
    ...encoderSpec(config),
    countedPadding: PADDING,
    padTokenId: PADDING,
    distances: { ...DISTANCES, rows: config.relativeAttentionNumBuckets },
  }),
  pooler: 'pooler.dense',
  heads: {
    sequences: ({ hiddenDropoutProb: dropout }) => ({
      names: { dense: 'classifier.dense', classifier: 'classifier.out_proj' },
      activation: 'tanh',
      inputDropout: dropout,
      dropout,
    }),
    choices: ({ hiddenDropoutProb: dropout }) => ({
      names: { dense: 'mpnet.pooler.dense', classifier: 'classifier' },
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

/**
 * MPNet without a head: states of all tokens, and the first one pooled.
 *
 * @example
 * ```ts
 * import { MPNetConfig, MPNetModel } from 'gridstride';
 * const config = new MPNetConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { lastHiddenState } = new MPNetModel(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class MPNetModel extends modelOf(BaseModel<MPNetConfig>, mpnet) {}

/**
 * MPNet with one prediction per sequence.
 *
 * @example
 * ```ts
 * import { MPNetConfig, MPNetForSequenceClassification } from 'gridstride';
 * const config = new MPNetConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new MPNetForSequenceClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class MPNetForSequenceClassification extends modelOf(SequenceClassifier<MPNetConfig>, mpnet) {}

/**
 * MPNet that chooses among the texts of each question.
 *
 * @example
 * ```ts
 * import { MPNetConfig, MPNetForMultipleChoice } from 'gridstride';
 * const config = new MPNetConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new MPNetForMultipleChoice(config).forward({ inputIds: [[[2, 7, 3], [2, 8, 3]]] });
 * console.log(logits.shape); // [ 1, 2 ]
 * ```
 */
export class MPNetForMultipleChoice extends modelOf(MultipleChoice<MPNetConfig>, mpnet) {}

/**
 * MPNet with one class per token.
 *
 * @example
 * ```ts
 * import { MPNetConfig, MPNetForTokenClassification } from 'gridstride';
 * const config = new MPNetConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new MPNetForTokenClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class MPNetForTokenClassification extends modelOf(TokenClassifier<MPNetConfig>, mpnet) {}

/**
 * MPNet that predicts masked words.
 *
 * @example
 * ```ts
 * import { MPNetConfig, MPNetForMaskedLM } from 'gridstride';
 * const config = new MPNetConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { logits } = new MPNetForMaskedLM(config).forward({ inputIds: [[2, 4, 3]] });
 * console.log(logits.shape); // [ 1, 3, 20 ]
 * ```
 */
export class MPNetForMaskedLM extends modelOf(MaskedLM<MPNetConfig>, mpnet) {}

/**
 * MPNet that points at answers.
 *
 * @example
 * ```ts
 * import { MPNetConfig, MPNetForQuestionAnswering } from 'gridstride';
 * const config = new MPNetConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
 * const { startLogits } = new MPNetForQuestionAnswering(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class MPNetForQuestionAnswering extends modelOf(QuestionAnswering<MPNetConfig>, mpnet) {}
