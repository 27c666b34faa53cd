import { chance } from '../../util/fields.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';
import { bartAliases, bartFields } from '../shared/seq2seq/bart_like.js';

const fields = {
  ...bartFields,
  classifier_dropout: chance().default(0),
};

/** Fields of a {@link MBartConfig}; all have Hugging Face's defaults. */
export type MBartConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface MBartConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of an mBART model.
 *
 * @example
 * ```ts
 * import { MBartConfig } from 'gridstride';
 * const config = new MBartConfig({ dModel: 64, encoderLayers: 2 });
 * console.log(config.dModel, config.decoderLayers); // 64 12
 * ```
 */
export class MBartConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: MBartConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'mbart', fields, aliases: bartAliases }, values, spelling);
  }
}
