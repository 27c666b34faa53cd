import { chance, integer, oneOf } from '../../util/fields.js';
import { ACTIVATION_NAMES } from '../shared/encoder/activations.js';
import { bertFields, encoderFields } from '../shared/encoder/bert_like.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';

const fields = {
  ...encoderFields,
  type_vocab_size: bertFields.type_vocab_size,
  position_embedding_type: bertFields.position_embedding_type,
  vocab_size: integer().default(30000),
  embedding_size: integer({ max: 1 << 16 }).default(128),
  hidden_size: integer({ max: 1 << 16 }).default(4096),
  num_hidden_groups: integer({ max: 1000 }).default(1),
  inner_group_num: integer({ max: 1000 }).default(1),
  num_attention_heads: integer({ max: 1 << 16 }).default(64),
  intermediate_size: integer({ max: 1 << 20 }).default(16384),
  hidden_act: oneOf(...ACTIVATION_NAMES).default('gelu_new'),
  hidden_dropout_prob: chance().default(0),
  attention_probs_dropout_prob: chance().default(0),
  classifier_dropout_prob: chance().default(0.1),
};

/** Fields of a {@link AlbertConfig}; all have Hugging Face's defaults. */
export type AlbertConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface AlbertConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of an ALBERT model.
 *
 * @example
 * ```ts
 * import { AlbertConfig } from 'gridstride';
 * const config = new AlbertConfig({ hiddenSize: 64, numHiddenLayers: 6, numHiddenGroups: 2 });
 * console.log(config.embeddingSize, config.hiddenSize); // 128 64
 * ```
 */
export class AlbertConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: AlbertConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'albert', fields }, values, spelling);
  }
}
