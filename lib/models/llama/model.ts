import { rotaryOf } from '../shared/decoder/rope_config.js';
import { activationOf } from '../shared/encoder/activations.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { CausalLM } from '../shared/heads/causal_lm.js';
import { type DecoderFamily, modelOf } from '../shared/heads/family.js';
import { LastTokenClassifier } from '../shared/heads/last_token.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { LlamaConfig } from './config.js';

/** Of the token classifier, where the config has none. */
const CLASSIFIER_DROPOUT = 0.1;

const llama: DecoderFamily<LlamaConfig> = {
  prefix: 'model',
  names: {
    stack: { words: 'embed_tokens', layers: 'layers', norm: 'norm' },
    layer: {
      attention: 'self_attn',
      feedForward: 'mlp',
      attentionNorm: 'input_layernorm',
      outputNorm: 'post_attention_layernorm',
    },
    attention: { query: 'q_proj', key: 'k_proj', value: 'v_proj', out: 'o_proj' },
    feedForward: { gate: 'gate_proj', up: 'up_proj', down: 'down_proj' },
  },
  spec: (config) => {
    const { hiddenSize, numAttentionHeads: heads } = config;
    const headSize = config.headDim ?? hiddenSize / heads;
    const { rotary, maxPositions } = rotaryOf(config, headSize);
    return {
      vocabSize: config.vocabSize,
      maxPositions,
      typeVocabSize: 0,
      embeddingSize: hiddenSize,
      hiddenSize,
      intermediateSize: config.intermediateSize,
      layers: config.numHiddenLayers,
      heads,
      kvHeads: config.numKeyValueHeads ?? heads,
      headSize,
      activation: activationOf(config.hiddenAct),
      isGated: true,
      norm: 'rms',
      normsFirst: true,
      normsEmbeddings: false,
      eps: config.rmsNormEps,
      bias: { attention: config.attentionBias, feedForward: config.mlpBias },
      places: { rotary },
      wordScale: 1,
      isCausal: true,
      crosses: false,
      dropout: { embeddings: 0, attention: config.attentionDropout, hidden: 0, activation: 0 },
      padTokenId: config.padTokenId,
      initializerRange: config.initializerRange,
    };
  },
  heads: {
    tokens: (config) => ({ names: { classifier: 'score' }, dropout: config.classifierDropout ?? CLASSIFIER_DROPOUT }),
    answers: () => ({ names: { outputs: 'qa_outputs' }, dropout: 0 }),
  },
};

/** In checkpoints of this model alone the layers have the name they had in the first ones. */
const answering = { ...llama, prefix: 'transformer' };

/**
 * LLaMA without a head: states of all tokens.
 *
 * @example
 * ```ts
 * import { LlamaConfig, LlamaModel } from 'gridstride';
 * const sizes = { vocabSize: 20, hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 1, numAttentionHeads: 2 };
 * const { lastHiddenState } = new LlamaModel(new LlamaConfig(sizes)).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class LlamaModel extends modelOf(BaseModel<LlamaConfig>, llama) {}

/**
 * LLaMA that predicts the next word.
 *
 * @example
 * ```ts
 * import { LlamaConfig, LlamaForCausalLM } from 'gridstride';
 * const sizes = { vocabSize: 20, hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 1, numAttentionHeads: 2 };
 * const inputIds = [[2, 7, 3]];
 * const { logits, loss } = new LlamaForCausalLM(new LlamaConfig(sizes)).forward({ inputIds, labels: inputIds });
 * console.log(logits.shape, loss.shape); // [ 1, 3, 20 ] []
 * ```
 */
export class LlamaForCausalLM extends modelOf(CausalLM<LlamaConfig>, llama) {}

/**
 * LLaMA with one prediction per sequence, made from its last token.
 *
 * @example
 * ```ts
 * import { LlamaConfig, LlamaForSequenceClassification } from 'gridstride';
 * const sizes = { vocabSize: 20, hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 1, numAttentionHeads: 2 };
 * const model = new LlamaForSequenceClassification(new LlamaConfig(sizes));
 * console.log(model.forward({ inputIds: [[2, 7, 3], [2, 3]] }).logits.shape); // [ 2, 2 ]
 * ```
 */
export class LlamaForSequenceClassification extends modelOf(LastTokenClassifier<LlamaConfig>, llama) {}

/**
 * LLaMA with one class per token.
 *
 * @example
 * ```ts
 * import { LlamaConfig, LlamaForTokenClassification } from 'gridstride';
 * const sizes = { vocabSize: 20, hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 1, numAttentionHeads: 2 };
 * const model = new LlamaForTokenClassification(new LlamaConfig(sizes));
 * console.log(model.forward({ inputIds: [[2, 7, 3], [2, 3]] }).logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class LlamaForTokenClassification extends modelOf(TokenClassifier<LlamaConfig>, llama) {}

/**
 * LLaMA that points at answers.
 *
 * @example
 * ```ts
 * import { LlamaConfig, LlamaForQuestionAnswering } from 'gridstride';
 * const sizes = { vocabSize: 20, hiddenSize: 8, intermediateSize: 16, numHiddenLayers: 1, numAttentionHeads: 2 };
 * const model = new LlamaForQuestionAnswering(new LlamaConfig(sizes));
 * console.log(model.forward({ inputIds: [[2, 7, 3]] }).startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class LlamaForQuestionAnswering extends modelOf(QuestionAnswering<LlamaConfig>, answering) {}
