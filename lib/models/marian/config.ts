import { flag, integer } from '../../util/fields.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';
import { bartAliases, bartFields } from '../shared/seq2seq/bart_like.js';
import { tokenId, tokenIds } from '../../util/token_ids.js';

const fields = {
  ...bartFields,
  vocab_size: integer().default(58101),
  decoder_vocab_size: integer().nullish(),
  share_encoder_decoder_embeddings: flag().default(true),
  pad_token_id: tokenId().default(58100),
  bos_token_id: tokenId().default(null),
  eos_token_id: tokenIds().default(0),
  decoder_start_token_id: tokenId().default(58100),
  forced_eos_token_id: tokenIds().default(0),
};

/** Fields of a {@link MarianConfig}; all have Hugging Face's defaults. */
export type MarianConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface MarianConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of a Marian model.
 *
 * @example
 * ```ts
 * import { MarianConfig } from 'gridstride';
 * const config = new MarianConfig({ dModel: 64, encoderLayers: 2 });
 * console.log(config.dModel, config.decoderLayers); // 64 12
 * ```
 */
export class MarianConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: MarianConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'marian', fields, aliases: bartAliases }, values, spelling);
  }
}
