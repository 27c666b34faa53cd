import { modelOf } from '../shared/heads/family.js';
import { Seq2SeqBase } from '../shared/seq2seq/base.js';
import { bartDecoder, bartEncoder, bartNames, endsOf } from '../shared/seq2seq/bart_like.js';
import { Seq2SeqClassifier } from '../shared/seq2seq/classifier.js';
import type { Seq2SeqFamily } from '../shared/seq2seq/family.js';
import { Seq2SeqLM } from '../shared/seq2seq/lm.js';
import type { MBartConfig } from './config.js';

const names = bartNames({ embeddingNorm: 'layernorm_embedding', norm: 'layer_norm' });
/** BART with its norms first. */
const kind = { normsFirst: true, normsEmbeddings: true, places: { table: { offset: 2 } } };

const mbart: Seq2SeqFamily<MBartConfig> = {
  prefix: 'model',
  names: { shared: 'shared', encoder: () => names, decoder: () => names },
  encoder: (config) => bartEncoder(config, kind),
  decoder: (config) => bartDecoder(config, kind),
  hasShared: () => true,
  sharesWords: ({ tieWordEmbeddings }) => tieWordEmbeddings,
  // A text ends with its language, which the decoder begins with.
  shift: ({ padTokenId }) => ({ padTokenId, startTokenId: undefined }),
  readsSource: true,
  words: { bias: 'final_logits_bias' },
  sequences: (config) => ({
    names: { dense: 'classification_head.dense', classifier: 'classification_head.out_proj' },
    dropout: config.classifierDropout,
    ends: endsOf(config),
  }),
};

/**
 * mBART without a head: states of the decoder's tokens, and of the encoder's. Without inputs of its own the decoder reads
 * the source.
 *
 * @example
 * ```ts
 * import { MBartConfig, MBartModel } from 'gridstride';
 * const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
 * const model = new MBartModel(new MBartConfig({ vocabSize: 20, dModel: 8, ...layers }));
 * const { lastHiddenState } = model.forward({ inputIds: [[0, 7, 9, 2]], decoderInputIds: [[2, 0, 5]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class MBartModel extends modelOf(Seq2SeqBase<MBartConfig>, mbart) {}

/**
 * mBART that writes a text from another.
 *
 * @example
 * ```ts
 * import { MBartConfig, MBartForConditionalGeneration } from 'gridstride';
 * const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
 * const model = new MBartForConditionalGeneration(new MBartConfig({ vocabSize: 20, dModel: 8, ...layers }));
 * const { logits, loss } = model.forward({ inputIds: [[0, 7, 9, 2]], labels: [[0, 5, 2]] });
 * console.log(logits.shape, loss.shape); // [ 1, 3, 20 ] []
 * ```
 */
export class MBartForConditionalGeneration extends modelOf(Seq2SeqLM<MBartConfig>, mbart) {}

/**
 * mBART with one prediction per sequence, made from its last end token.
 *
 * @example
 * ```ts
 * import { MBartConfig, MBartForSequenceClassification } from 'gridstride';
 * const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
 * const config = new MBartConfig({ vocabSize: 20, dModel: 8, numLabels: 3, ...layers });
 * const { logits } = new MBartForSequenceClassification(config).forward({ inputIds: [[0, 7, 2], [0, 2]] });
 * console.log(logits.shape); // [ 2, 3 ]
 * ```
 */
export class MBartForSequenceClassification extends modelOf(Seq2SeqClassifier<MBartConfig>, mbart) {}
