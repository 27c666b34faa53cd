import { chance, integer, oneOf, positive, real } from '../../util/fields.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';
import { ACTIVATION_NAMES, type ActivationName } from '../shared/encoder/activations.js';
import { tokenId, tokenIds } from '../../util/token_ids.js';

const GATED = ACTIVATION_NAMES.map((name) => `gated-${name}` as const);

const fields = {
  vocab_size: integer().default(32128),
  d_model: integer({ max: 1 << 16 }).default(512),
  d_kv: integer({ max: 1 << 16 }).default(64),
  d_ff: integer({ max: 1 << 20 }).default(2048),
  num_layers: integer({ max: 1000 }).default(6),
  num_decoder_layers: integer({ max: 1000 }).nullish(),
  num_heads: integer({ max: 1 << 16 }).default(8),
  relative_attention_num_buckets: integer({ min: 4, max: 1 << 16 }).default(32),
  relative_attention_max_distance: integer({ max: 1 << 23 }).default(128),
  dropout_rate: chance().default(0.1),
  layer_norm_epsilon: real({ max: 1 }).default(1e-6),
  initializer_factor: positive().default(1),
  feed_forward_proj: oneOf(...ACTIVATION_NAMES, ...GATED).default('relu'),
  pad_token_id: tokenId().default(0),
  eos_token_id: tokenIds().default(1),
  decoder_start_token_id: tokenId().default(0),
};

/** Hugging Face's attribute map. */
const aliases = {
  hidden_size: 'd_model',
  num_attention_heads: 'num_heads',
  num_hidden_layers: 'num_layers',
  head_dim: 'd_kv',
};

/** Fields of a {@link T5Config}; all have Hugging Face's defaults. */
export type T5ConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface T5Config extends Required<OwnFields<typeof fields>> {}

/** transformers 5 writes that words are tied whatever they are, and whether states are scaled in a field of its own. */
function untiedIfUnscaled(values: T5ConfigFields & { scale_decoder_outputs?: unknown }): object {
  return values.scale_decoder_outputs === false ? { ...values, tie_word_embeddings: false } : values;
}

/**
 * Sizes and rates of a T5 model. `tieWordEmbeddings: false`, as later versions have it, means two things: the words'
 * scores have a table of their own, and states are not scaled before.
 *
 * @example
 * ```ts
 * import { T5Config } from 'gridstride';
 * const config = new T5Config({ dModel: 64, feedForwardProj: 'gated-gelu' });
 * console.log(config.dModel, config.feedForward); // 64 { activation: 'gelu_new', isGated: true }
 * ```
 */
export class T5Config extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: T5ConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 't5', fields, aliases }, untiedIfUnscaled(values), spelling);
  }

  /** What `feedForwardProj` says; gated GELU means its tanh form. */
  get feedForward(): { activation: ActivationName; isGated: boolean } {
    const [first, last] = this.feedForwardProj.split('-') as [string, string?];
    const isGated = last !== undefined;
    if (this.feedForwardProj === 'gated-gelu') return { activation: 'gelu_new', isGated };
    return { activation: (last ?? first) as ActivationName, isGated };
  }
}
