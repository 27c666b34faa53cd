import { modelOf } from '../shared/heads/family.js';
import { Seq2SeqBase } from '../shared/seq2seq/base.js';
import { bartDecoder, bartEncoder, bartNames, endsOf } from '../shared/seq2seq/bart_like.js';
import { Seq2SeqClassifier } from '../shared/seq2seq/classifier.js';
import type { Seq2SeqFamily } from '../shared/seq2seq/family.js';
import { Seq2SeqLM } from '../shared/seq2seq/lm.js';
import type { BartConfig } from './config.js';

const names = bartNames({ embeddingNorm: 'layernorm_embedding' });
/** The first rows of the table of positions are of no position. */
const kind = { normsFirst: false, normsEmbeddings: true, places: { table: { offset: 2 } } };

const bart: Seq2SeqFamily<BartConfig> = {
  prefix: 'model',
  names: { shared: 'shared', encoder: () => names, decoder: () => names },
  encoder: (config) => bartEncoder(config, kind),
  decoder: (config) => bartDecoder(config, kind),
  hasShared: () => true,
  sharesWords: ({ tieWordEmbeddings }) => tieWordEmbeddings,
  shift: ({ padTokenId, decoderStartTokenId: startTokenId }) => ({ padTokenId, startTokenId }),
  readsSource: true,
  words: { bias: 'final_logits_bias' },
  sequences: (config) => ({
    names: { dense: 'classification_head.dense', classifier: 'classification_head.out_proj' },
    dropout: config.classifierDropout,
    ends: endsOf(config),
  }),
};

/**
 * BART without a head: states of the decoder's tokens, and of the encoder's. Without inputs of its own the decoder reads
 * the source.
 *
 * @example
 * ```ts
 * import { BartConfig, BartModel } from 'gridstride';
 * const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
 * const model = new BartModel(new BartConfig({ vocabSize: 20, dModel: 8, ...layers }));
 * const { lastHiddenState } = model.forward({ inputIds: [[0, 7, 9, 2]], decoderInputIds: [[2, 0, 5]] });
 * console.log(lastHiddenState.shape); // [ 1, 3, 8 ]
 * ```
 */
export class BartModel extends modelOf(Seq2SeqBase<BartConfig>, bart) {}

/**
 * BART that writes a text from another.
 *
 * @example
 * ```ts
 * import { BartConfig, BartForConditionalGeneration } from 'gridstride';
 * const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
 * const model = new BartForConditionalGeneration(new BartConfig({ vocabSize: 20, dModel: 8, ...layers }));
 * const { logits, loss } = model.forward({ inputIds: [[0, 7, 9, 2]], labels: [[0, 5, 2]] });
 * console.log(logits.shape, loss.shape); // [ 1, 3, 20 ] []
 * ```
 */
export class BartForConditionalGeneration extends modelOf(Seq2SeqLM<BartConfig>, bart) {}

/**
 * BART with one prediction per sequence, made from its last end token.
 *
 * @example
 * ```ts
 * import { BartConfig, BartForSequenceClassification } from 'gridstride';
 * const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
 * const config = new BartConfig({ vocabSize: 20, dModel: 8, numLabels: 3, ...layers });
 * const { logits } = new BartForSequenceClassification(config).forward({ inputIds: [[0, 7, 2], [0, 2]] });
 * console.log(logits.shape); // [ 2, 3 ]
 * ```
 */
export class BartForSequenceClassification extends modelOf(Seq2SeqClassifier<BartConfig>, bart) {}
