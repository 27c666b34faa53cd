import { integer } from '../../util/fields.js';
import { debertaV2Fields } from '../shared/encoder/deberta_like.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';

const fields = {
  ...debertaV2Fields,
  vocab_size: integer().default(128100),
  hidden_size: integer({ max: 1 << 16 }).default(1536),
  num_hidden_layers: integer({ max: 1000 }).default(24),
  num_attention_heads: integer({ max: 1 << 16 }).default(24),
  intermediate_size: integer({ max: 1 << 20 }).default(6144),
};

/** Fields of a {@link DebertaV2Config}; all have Hugging Face's defaults. */
export type DebertaV2ConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface DebertaV2Config extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of a DeBERTa of version 2 or 3.
 *
 * @example
 * ```ts
 * import { DebertaV2Config } from 'gridstride';
 * const config = new DebertaV2Config({ hiddenSize: 64, relativeAttention: true, posAttType: ['c2p', 'p2c'] });
 * console.log(config.positionBuckets, config.maxRelativePositions); // -1 -1
 * ```
 */
export class DebertaV2Config extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: DebertaV2ConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'deberta-v2', fields }, values, spelling);
  }
}
