import { integer } from '../../util/fields.js';
import { bertFields } from '../shared/encoder/bert_like.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';

/** @internal */
export const robertaFields = {
  ...bertFields,
  vocab_size: integer().default(50265),
  // Positions are counted from it: there must be one.
  pad_token_id: integer({ min: 0 }).default(1),
};

const robertaSpec = { modelType: 'roberta', fields: robertaFields };

/** Fields of a {@link RobertaConfig}; all have Hugging Face's defaults. */
export type RobertaConfigFields = OwnFields<typeof robertaFields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface RobertaConfig extends Required<OwnFields<typeof robertaFields>> {}

/**
 * Sizes and rates of a RoBERTa model.
 *
 * @example
 * ```ts
 * import { RobertaConfig } from 'gridstride';
 * const config = new RobertaConfig({ hiddenSize: 128, numHiddenLayers: 2, numAttentionHeads: 4 });
 * console.log(config.vocabSize, config.padTokenId); // 50265 1
 * ```
 */
export class RobertaConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: RobertaConfigFields = {}, spelling: Spelling = 'camel', spec = robertaSpec) {
    super(spec, values, spelling);
  }
}
