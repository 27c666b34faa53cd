import { chance, flag, integer, oneOf, positive, real } from '../../util/fields.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';
import { ropeObject } from '../shared/decoder/rope_config.js';
import { ACTIVATION_NAMES } from '../shared/encoder/activations.js';
import { tokenId, tokenIds } from '../../util/token_ids.js';

const fields = {
  vocab_size: integer().default(32000),
  hidden_size: integer({ max: 1 << 16 }).default(4096),
  intermediate_size: integer({ max: 1 << 20 }).default(11008),
  num_hidden_layers: integer({ max: 1000 }).default(32),
  num_attention_heads: integer({ max: 1 << 16 }).default(32),
  num_key_value_heads: integer({ max: 1 << 16 }).nullish(),
  head_dim: integer({ max: 1 << 16 }).nullish(),
  hidden_act: oneOf(...ACTIVATION_NAMES).default('silu'),
  max_position_embeddings: integer({ max: 1 << 24 }).default(2048),
  rms_norm_eps: real({ max: 1 }).default(1e-6),
  attention_bias: flag().default(false),
  mlp_bias: flag().default(false),
  attention_dropout: chance().default(0),
  classifier_dropout: chance().nullish(),
  tie_word_embeddings: flag().default(false),
  rope_theta: positive().nullish(),
  rope_scaling: ropeObject(),
  rope_parameters: ropeObject(),
  bos_token_id: tokenId().default(1),
  eos_token_id: tokenIds().default(2),
  pad_token_id: tokenId().default(null),
};

/** Fields of a {@link LlamaConfig}; all have Hugging Face's defaults. */
export type LlamaConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface LlamaConfig extends Required<Omit<OwnFields<typeof fields>, 'tieWordEmbeddings'>> {}

/**
 * Sizes and rates of a LLaMA model. Rotary positions are stated as transformers v4 does, by `ropeTheta` and
 * `ropeScaling`, or as v5 does, by `ropeParameters`; within these, names are those of the file: `rope_type`.
 *
 * @example
 * ```ts
 * import { LlamaConfig } from 'gridstride';
 * const config = new LlamaConfig({ hiddenSize: 64, ropeScaling: { rope_type: 'linear', factor: 2 } });
 * console.log(config.hiddenSize, config.tieWordEmbeddings); // 64 false
 * ```
 */
export class LlamaConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: LlamaConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'llama', fields }, values, spelling);
  }
}
