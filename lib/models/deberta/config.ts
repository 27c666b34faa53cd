import { integer, never } from '../../util/fields.js';
import { debertaFields } from '../shared/encoder/deberta_like.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';

const fields = {
  ...debertaFields,
  vocab_size: integer().default(50265),
  talking_head: never().default(false),
};

/** Fields of a {@link DebertaConfig}; all have Hugging Face's defaults. */
export type DebertaConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface DebertaConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of DeBERTa's first version.
 *
 * @example
 * ```ts
 * import { DebertaConfig } from 'gridstride';
 * const config = new DebertaConfig({ hiddenSize: 64, relativeAttention: true, posAttType: ['c2p', 'p2c'] });
 * console.log(config.vocabSize, config.maxRelativePositions); // 50265 -1
 * ```
 */
export class DebertaConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: DebertaConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'deberta', fields }, values, spelling);
  }
}
