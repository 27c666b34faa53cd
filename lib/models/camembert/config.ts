import { integer } from '../../util/fields.js';
import type { Spelling } from '../config.js';
import { RobertaConfig, type RobertaConfigFields, robertaFields } from '../roberta/config.js';

const spec = { modelType: 'camembert', fields: { ...robertaFields, vocab_size: integer().default(30522) } };

/** Fields of a {@link CamembertConfig}: RoBERTa's. */
export type CamembertConfigFields = RobertaConfigFields;

/**
 * Sizes and rates of a CamemBERT model.
 *
 * @example
 * ```ts
 * import { CamembertConfig } from 'gridstride';
 * const config = new CamembertConfig({ vocabSize: 250002, numLabels: 3 });
 * console.log(config.modelType, config.padTokenId); // camembert 1
 * ```
 */
export class CamembertConfig extends RobertaConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: CamembertConfigFields = {}, spelling: Spelling = 'camel') {
    super(values, spelling, spec);
  }
}
