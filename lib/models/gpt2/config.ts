import { chance, flag, integer, never, oneOf, real } from '../../util/fields.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';
import { ACTIVATION_NAMES } from '../shared/encoder/activations.js';
import { tokenId, tokenIds } from '../../util/token_ids.js';

const fields = {
  vocab_size: integer().default(50257),
  n_positions: integer({ max: 1 << 24 }).default(1024),
  n_embd: integer({ max: 1 << 16 }).default(768),
  n_layer: integer({ max: 1000 }).default(12),
  n_head: integer({ max: 1 << 16 }).default(12),
  n_inner: integer({ max: 1 << 20 })
    .nullable()
    .default(null),
  activation_function: oneOf(...ACTIVATION_NAMES).default('gelu_new'),
  resid_pdrop: chance().default(0.1),
  embd_pdrop: chance().default(0.1),
  attn_pdrop: chance().default(0.1),
  classifier_dropout: chance().nullish(),
  layer_norm_epsilon: real({ max: 1 }).default(1e-5),
  scale_attn_weights: flag().default(true),
  scale_attn_by_inverse_layer_idx: flag().default(false),
  add_cross_attention: never().default(false),
  bos_token_id: tokenId().default(50256),
  eos_token_id: tokenIds().default(50256),
  pad_token_id: tokenId().default(null),
};

/** Hugging Face's attribute map. */
const aliases = {
  hidden_size: 'n_embd',
  max_position_embeddings: 'n_positions',
  num_attention_heads: 'n_head',
  num_hidden_layers: 'n_layer',
};

/** Fields of a {@link GPT2Config}; all have Hugging Face's defaults. */
export type GPT2ConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface GPT2Config extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of a GPT-2 model.
 *
 * @example
 * ```ts
 * import { GPT2Config } from 'gridstride';
 * const config = new GPT2Config({ nEmbd: 128, nLayer: 2, nHead: 4 });
 * console.log(config.nEmbd, config.nPositions); // 128 1024
 * ```
 */
export class GPT2Config extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: GPT2ConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'gpt2', fields, aliases }, values, spelling);
  }
}
