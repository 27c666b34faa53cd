import { halvedPositions } from '../shared/decoder/computed_positions.js';
import { modelOf } from '../shared/heads/family.js';
import { Seq2SeqBase } from '../shared/seq2seq/base.js';
import { bartDecoder, bartEncoder, bartNames } from '../shared/seq2seq/bart_like.js';
import type { Seq2SeqFamily } from '../shared/seq2seq/family.js';
import { Seq2SeqLM } from '../shared/seq2seq/lm.js';
import type { MarianConfig } from './config.js';

const names = bartNames({});

function kindOf({ maxPositionEmbeddings: rows, dModel }: MarianConfig) {
  return { normsFirst: false, normsEmbeddings: false, places: { computed: () => halvedPositions(rows, dModel) } };
}

const marian: Seq2SeqFamily<MarianConfig> = {
  prefix: 'model',
  names: { shared: 'shared', encoder: () => names, decoder: () => names },
  encoder: (config) => bartEncoder(config, kindOf(config)),
  decoder: (config) => ({
    ...bartDecoder(config, kindOf(config)),
    vocabSize: config.shareEncoderDecoderEmbeddings ? config.vocabSize : (config.decoderVocabSize ?? config.vocabSize),
  }),
  hasShared: (config) => config.shareEncoderDecoderEmbeddings,
  sharesWords: (config) => config.shareEncoderDecoderEmbeddings && config.tieWordEmbeddings,
  shift: ({ padTokenId, decoderStartTokenId: startTokenId }) => ({ padTokenId, startTokenId }),
  readsSource: false,
  words: { bias: 'final_logits_bias' },
};

/**
 * Marian without a head: states of the decoder's tokens, and of the encoder's.
 *
 * @example
 * ```ts
 * import { MarianConfig, MarianModel } from 'gridstride';
 * const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
 * const config = new MarianConfig({ vocabSize: 20, padTokenId: 19, dModel: 8, ...layers });
 * const inputs = { inputIds: [[7, 9, 0]], decoderInputIds: [[19, 5]] };
 * console.log(new MarianModel(config).forward(inputs).lastHiddenState.shape); // [ 1, 2, 8 ]
 * ```
 */
export class MarianModel extends modelOf(Seq2SeqBase<MarianConfig>, marian) {}

/**
 * Marian that translates.
 *
 * @example
 * ```ts
 * import { MarianConfig, MarianMTModel } from 'gridstride';
 * const layers = { encoderLayers: 1, encoderAttentionHeads: 2, decoderLayers: 1, decoderAttentionHeads: 2 };
 * const config = new MarianConfig({ vocabSize: 20, padTokenId: 19, decoderStartTokenId: 19, dModel: 8, ...layers });
 * const { logits, loss } = new MarianMTModel(config).forward({ inputIds: [[7, 9, 0]], labels: [[5, 0]] });
 * console.log(logits.shape, loss.shape); // [ 1, 2, 20 ] []
 * ```
 */
export class MarianMTModel extends modelOf(Seq2SeqLM<MarianConfig>, marian) {}
