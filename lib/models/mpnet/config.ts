import { integer } from '../../util/fields.js';
import { encoderFields } from '../shared/encoder/bert_like.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';

const fields = {
  ...encoderFields,
  vocab_size: integer().default(30527),
  // The buckets are 32 whatever stands here; fewer rows would be too few.
  relative_attention_num_buckets: integer({ min: 32, max: 1 << 16 }).default(32),
  pad_token_id: integer({ min: 0 }).nullable().default(1),
};

/** Fields of a {@link MPNetConfig}; all have Hugging Face's defaults. */
export type MPNetConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface MPNetConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of an MPNet model.
 *
 * @example
 * ```ts
 * import { MPNetConfig } from 'gridstride';
 * const config = new MPNetConfig({ hiddenSize: 64, numHiddenLayers: 2, numAttentionHeads: 4 });
 * console.log(config.vocabSize, config.hiddenSize); // 30527 64
 * ```
 */
export class MPNetConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: MPNetConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'mpnet', fields }, values, spelling);
  }
}
