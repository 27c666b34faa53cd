import type { StackNames, StackSpec } from '../shared/decoder/spec.js';
import { activationOf } from '../shared/encoder/activations.js';
import { modelOf } from '../shared/heads/family.js';
import { Seq2SeqBase } from '../shared/seq2seq/base.js';
import type { Seq2SeqFamily } from '../shared/seq2seq/family.js';
import { Seq2SeqLM } from '../shared/seq2seq/lm.js';
import type { T5Config } from './config.js';

/** The layers' parts are counted: attention, in the decoder attention to the source, the feed-forward part. */
function stackNames(config: T5Config, feedForward: number): StackNames {
  const { isGated } = config.feedForward;
  return {
    stack: {
      words: 'embed_tokens',
      distances: 'block.0.layer.0.SelfAttention.relative_attention_bias',
      layers: 'block',
      norm: 'final_layer_norm',
    },
    layer: {
      attention: 'layer.0.SelfAttention',
      attentionNorm: 'layer.0.layer_norm',
      cross: 'layer.1.EncDecAttention',
      crossNorm: 'layer.1.layer_norm',
      feedForward: `layer.${feedForward}.DenseReluDense`,
      outputNorm: `layer.${feedForward}.layer_norm`,
    },
    attention: { query: 'q', key: 'k', value: 'v', out: 'o' },
    feedForward: isGated ? { gate: 'wi_0', up: 'wi_1', down: 'wo' } : { up: 'wi', down: 'wo' },
  };
}

function stackSpec(config: T5Config): Omit<StackSpec, 'layers' | 'isCausal' | 'crosses'> {
  const { dModel: hiddenSize, dKv: headSize, dFf, numHeads: heads, dropoutRate: rate, initializerFactor } = config;
  const { activation, isGated } = config.feedForward;
  const std = (fanIn: number) => initializerFactor / Math.sqrt(fanIn);
  return {
    vocabSize: config.vocabSize,
    maxPositions: Infinity,
    typeVocabSize: 0,
    embeddingSize: hiddenSize,
    hiddenSize,
    intermediateSize: dFf,
    heads,
    kvHeads: heads,
    headSize,
    activation: activationOf(activation),
    isGated,
    norm: 'rms',
    normsFirst: true,
    normsEmbeddings: false,
    eps: config.layerNormEpsilon,
    bias: { attention: false, feedForward: false },
    places: {
      distances: {
        buckets: config.relativeAttentionNumBuckets,
        maxDistance: config.relativeAttentionMaxDistance,
      },
    },
    wordScale: 1,
    // The scale is in the weights: those of queries begin smaller by it.
    scoreScale: () => 1,
    dropout: { embeddings: rate, attention: rate, hidden: rate, activation: rate, ofStates: true },
    padTokenId: null,
    initializerRange: initializerFactor,
    std: {
      words: initializerFactor,
      query: std(hiddenSize * headSize),
      keyValue: std(hiddenSize),
      attentionOut: std(heads * headSize),
      up: std(hiddenSize),
      down: std(dFf),
      distances: std(hiddenSize),
    },
  };
}

const t5: Seq2SeqFamily<T5Config> = {
  prefix: '',
  names: {
    shared: 'shared',
    encoder: (config) => stackNames(config, 1),
    decoder: (config) => stackNames(config, 2),
  },
  encoder: (config) => ({ ...stackSpec(config), layers: config.numLayers, isCausal: false, crosses: false }),
  decoder: (config) => ({
    ...stackSpec(config),
    layers: config.numDecoderLayers ?? config.numLayers,
    isCausal: true,
    crosses: true,
  }),
  hasShared: () => true,
  sharesWords: () => true,
  shift: ({ padTokenId, decoderStartTokenId: startTokenId }) => ({ padTokenId, startTokenId }),
  readsSource: false,
  words: { scale: ({ tieWordEmbeddings, dModel }) => (tieWordEmbeddings ? 1 / Math.sqrt(dModel) : 1) },
};

/**
 * T5 without a head: states of the decoder's tokens, and of the encoder's.
 *
 * @example
 * ```ts
 * import { T5Config, T5Model } from 'gridstride';
 * const config = new T5Config({ vocabSize: 20, dModel: 8, dKv: 4, dFf: 16, numLayers: 1, numHeads: 2 });
 * const { lastHiddenState } = new T5Model(config).forward({ inputIds: [[7, 9, 1]], decoderInputIds: [[0, 5]] });
 * console.log(lastHiddenState.shape); // [ 1, 2, 8 ]
 * ```
 */
export class T5Model extends modelOf(Seq2SeqBase<T5Config>, t5) {}

/**
 * T5 that writes a text from another.
 *
 * @example
 * ```ts
 * import { T5Config, T5ForConditionalGeneration } from 'gridstride';
 * const config = new T5Config({ vocabSize: 20, dModel: 8, dKv: 4, dFf: 16, numLayers: 1, numHeads: 2 });
 * const { logits, loss } = new T5ForConditionalGeneration(config).forward({ inputIds: [[7, 9, 1]], labels: [[5, 1]] });
 * console.log(logits.shape, loss.shape); // [ 1, 2, 20 ] []
 * ```
 */
export class T5ForConditionalGeneration extends modelOf(Seq2SeqLM<T5Config>, t5) {}
