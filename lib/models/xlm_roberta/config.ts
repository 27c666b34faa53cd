import { integer } from '../../util/fields.js';
import type { Spelling } from '../config.js';
import { RobertaConfig, type RobertaConfigFields, robertaFields } from '../roberta/config.js';

const spec = { modelType: 'xlm-roberta', fields: { ...robertaFields, vocab_size: integer().default(30522) } };

/** Fields of an {@link XLMRobertaConfig}: RoBERTa's. */
export type XLMRobertaConfigFields = RobertaConfigFields;

/**
 * Sizes and rates of an XLM-RoBERTa model.
 *
 * @example
 * ```ts
 * import { XLMRobertaConfig } from 'gridstride';
 * const config = new XLMRobertaConfig({ vocabSize: 250002, numLabels: 3 });
 * console.log(config.modelType, config.padTokenId); // xlm-roberta 1
 * ```
 */
export class XLMRobertaConfig extends RobertaConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: XLMRobertaConfigFields = {}, spelling: Spelling = 'camel') {
    super(values, spelling, spec);
  }
}
