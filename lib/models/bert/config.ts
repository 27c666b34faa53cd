import { chance, integer, never, oneOf, real } from '../../util/fields.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';
import { ACTIVATION_NAMES } from '../shared/activations.js';

const fields = {
  vocab_size: integer().default(30522),
  hidden_size: integer({ max: 1 << 16 }).default(768),
  num_hidden_layers: integer({ max: 1000 }).default(12),
  num_attention_heads: integer({ max: 1 << 16 }).default(12),
  intermediate_size: integer({ max: 1 << 20 }).default(3072),
  hidden_act: oneOf(...ACTIVATION_NAMES).default('gelu'),
  hidden_dropout_prob: chance().default(0.1),
  attention_probs_dropout_prob: chance().default(0.1),
  max_position_embeddings: integer({ max: 1 << 24 }).default(512),
  type_vocab_size: integer({ max: 1 << 16 }).default(2),
  layer_norm_eps: real({ max: 1 }).default(1e-12),
  pad_token_id: integer({ min: 0 }).nullable().default(0),
  classifier_dropout: chance().nullable().default(null),
  position_embedding_type: oneOf('absolute').default('absolute'),
  is_decoder: never().default(false),
};

/** Fields of a {@link BertConfig}; all have Hugging Face's defaults. */
export type BertConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface BertConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of a BERT model.
 *
 * @example
 * ```ts
 * import { BertConfig } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 8000, hiddenSize: 128, numHiddenLayers: 2, numAttentionHeads: 4 });
 * console.log(config.hiddenSize, config.numLabels); // 128 2
 * ```
 */
export class BertConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: BertConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'bert', fields }, values, spelling);
  }
}
