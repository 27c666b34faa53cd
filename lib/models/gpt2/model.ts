import { activationOf } from '../shared/encoder/activations.js';
import { BaseModel } from '../shared/heads/base_model.js';
import { CausalLM } from '../shared/heads/causal_lm.js';
import { type DecoderFamily, modelOf } from '../shared/heads/family.js';
import { LastTokenClassifier } from '../shared/heads/last_token.js';
import { QuestionAnswering } from '../shared/heads/question_answering.js';
import { TokenClassifier } from '../shared/heads/token_classifier.js';
import type { GPT2Config } from './config.js';

/** Of the token classifier, where the config has none. */
const CLASSIFIER_DROPOUT = 0.1;

const gpt2: DecoderFamily<GPT2Config> = {
  prefix: 'transformer',
  names: {
    stack: { words: 'wte', positions: 'wpe', layers: 'h', norm: 'ln_f' },
    layer: { attentionNorm: 'ln_1', attention: 'attn', outputNorm: 'ln_2', feedForward: 'mlp' },
    attention: { fused: 'c_attn', out: 'c_proj' },
    feedForward: { up: 'c_fc', down: 'c_proj' },
    isConv1D: true,
  },
  spec: (config) => {
    const { nEmbd: hiddenSize, nHead: heads, nLayer: layers, initializerRange } = config;
    const headSize = hiddenSize / heads;
    const residual = initializerRange / Math.sqrt(2 * layers);
    return {
      vocabSize: config.vocabSize,
      maxPositions: config.nPositions,
      typeVocabSize: 0,
      embeddingSize: hiddenSize,
      hiddenSize,
      intermediateSize: config.nInner ?? 4 * hiddenSize,
      layers,
      heads,
      kvHeads: heads,
      headSize,
      activation: activationOf(config.activationFunction),
      isGated: false,
      norm: 'layer',
      normsFirst: true,
      normsEmbeddings: false,
      eps: config.layerNormEpsilon,
      bias: { attention: true, feedForward: true },
      places: { table: { offset: 0 } },
      wordScale: 1,
      scoreScale: (layer) =>
        (config.scaleAttnWeights ? 1 / Math.sqrt(headSize) : 1) / (config.scaleAttnByInverseLayerIdx ? layer + 1 : 1),
      isCausal: true,
      crosses: false,
      dropout: {
        embeddings: config.embdPdrop,
        attention: config.attnPdrop,
        hidden: config.residPdrop,
        activation: 0,
      },
      // A padding token's embedding is trained as any other.
      padTokenId: null,
      initializerRange,
      std: { attentionOut: residual, down: residual },
    };
  },
  heads: {
    tokens: (config) => ({
      names: { classifier: 'classifier' },
      dropout: config.classifierDropout ?? CLASSIFIER_DROPOUT,
    }),
    answers: () => ({ names: { outputs: 'qa_outputs' }, dropout: 0 }),
  },
};

/**
 * GPT-2 without a head: states of all tokens.
 *
 * @example
 * ```ts
 * import { GPT2Config, GPT2Model } from 'gridstride';
 * const config = new GPT2Config({ vocabSize: 20, nEmbd: 8, nLayer: 1, nHead: 2 });
 * const { lastHiddenState } = new GPT2Model(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class GPT2Model extends modelOf(BaseModel<GPT2Config>, gpt2) {}

/**
 * GPT-2 that predicts the next word.
 *
 * @example
 * ```ts
 * import { GPT2Config, GPT2LMHeadModel } from 'gridstride';
 * const config = new GPT2Config({ vocabSize: 20, nEmbd: 8, nLayer: 1, nHead: 2 });
 * const inputIds = [[2, 7, 3]];
 * const { logits, loss } = new GPT2LMHeadModel(config).forward({ inputIds, labels: inputIds });
 * console.log(logits.shape, loss.shape); // [ 1, 3, 20 ] []
 * ```
 */
export class GPT2LMHeadModel extends modelOf(CausalLM<GPT2Config>, gpt2) {}

/**
 * GPT-2 with one prediction per sequence, made from its last token.
 *
 * @example
 * ```ts
 * import { GPT2Config, GPT2ForSequenceClassification } from 'gridstride';
 * const config = new GPT2Config({ vocabSize: 20, nEmbd: 8, nLayer: 1, nHead: 2 });
 * const { logits } = new GPT2ForSequenceClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 2 ]
 * ```
 */
export class GPT2ForSequenceClassification extends modelOf(LastTokenClassifier<GPT2Config>, gpt2) {}

/**
 * GPT-2 with one class per token.
 *
 * @example
 * ```ts
 * import { GPT2Config, GPT2ForTokenClassification } from 'gridstride';
 * const config = new GPT2Config({ vocabSize: 20, nEmbd: 8, nLayer: 1, nHead: 2 });
 * const { logits } = new GPT2ForTokenClassification(config).forward({ inputIds: [[2, 7, 3], [2, 3]] });
 * console.log(logits.shape); // [ 2, 3, 2 ]
 * ```
 */
export class GPT2ForTokenClassification extends modelOf(TokenClassifier<GPT2Config>, gpt2) {}

/**
 * GPT-2 that points at answers.
 *
 * @example
 * ```ts
 * import { GPT2Config, GPT2ForQuestionAnswering } from 'gridstride';
 * const config = new GPT2Config({ vocabSize: 20, nEmbd: 8, nLayer: 1, nHead: 2 });
 * const { startLogits } = new GPT2ForQuestionAnswering(config).forward({ inputIds: [[2, 7, 3]] });
 * console.log(startLogits.shape); // [ 1, 3 ]
 * ```
 */
export class GPT2ForQuestionAnswering extends modelOf(QuestionAnswering<GPT2Config>, gpt2) {}
