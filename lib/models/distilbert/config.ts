import { chance, flag, integer, oneOf } from '../../util/fields.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';
import { ACTIVATION_NAMES } from '../shared/encoder/activations.js';

const fields = {
  vocab_size: integer().default(30522),
  max_position_embeddings: integer({ max: 1 << 24 }).default(512),
  sinusoidal_pos_embds: flag().default(false),
  n_layers: integer({ max: 1000 }).default(6),
  n_heads: integer({ max: 1 << 16 }).default(12),
  dim: integer({ max: 1 << 16 }).default(768),
  hidden_dim: integer({ max: 1 << 20 }).default(3072),
  dropout: chance().default(0.1),
  attention_dropout: chance().default(0.1),
  activation: oneOf(...ACTIVATION_NAMES).default('gelu'),
  qa_dropout: chance().default(0.1),
  seq_classif_dropout: chance().default(0.2),
  pad_token_id: integer({ min: 0 }).nullable().default(0),
};

/** Hugging Face's attribute map. */
const aliases = { hidden_size: 'dim', num_attention_heads: 'n_heads', num_hidden_layers: 'n_layers' };

/** Fields of a {@link DistilBertConfig}; all have Hugging Face's defaults. */
export type DistilBertConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface DistilBertConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of a DistilBERT model.
 *
 * @example
 * ```ts
 * import { DistilBertConfig } from 'gridstride';
 * const config = new DistilBertConfig({ dim: 128, nLayers: 2, nHeads: 4 });
 * console.log(config.dim, config.hiddenDim); // 128 3072
 * ```
 */
export class DistilBertConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: DistilBertConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'distilbert', fields, aliases }, values, spelling);
  }
}
