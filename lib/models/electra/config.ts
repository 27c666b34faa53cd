import { always, chance, integer, oneOf } from '../../util/fields.js';
import { ACTIVATION_NAMES } from '../shared/encoder/activations.js';
import { bertFields } from '../shared/encoder/bert_like.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';

const fields = {
  ...bertFields,
  embedding_size: integer({ max: 1 << 16 }).default(128),
  hidden_size: integer({ max: 1 << 16 }).default(256),
  num_attention_heads: integer({ max: 1 << 16 }).default(4),
  intermediate_size: integer({ max: 1 << 20 }).default(1024),
  summary_type: oneOf('first').default('first'),
  summary_use_proj: always().default(true),
  summary_activation: oneOf(...ACTIVATION_NAMES)
    .nullable()
    .default('gelu'),
  summary_last_dropout: chance().default(0.1),
};

/** Fields of a {@link ElectraConfig}; all have Hugging Face's defaults. */
export type ElectraConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface ElectraConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of an ELECTRA model.
 *
 * @example
 * ```ts
 * import { ElectraConfig } from 'gridstride';
 * const config = new ElectraConfig({ hiddenSize: 64, numHiddenLayers: 2 });
 * console.log(config.embeddingSize, config.hiddenSize); // 128 64
 * ```
 */
export class ElectraConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: ElectraConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'electra', fields }, values, spelling);
  }
}
