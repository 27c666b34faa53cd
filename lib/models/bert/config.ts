import { bertFields as fields } from '../shared/encoder/bert_like.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';

/** Fields of a {@link BertConfig}; all have Hugging Face's defaults. */
export type BertConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface BertConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of a BERT model.
 *
 * @example
 * ```ts
 * import { BertConfig } from 'gridstride';
 * const config = new BertConfig({ vocabSize: 8000, hiddenSize: 128, numHiddenLayers: 2, numAttentionHeads: 4 });
 * console.log(config.hiddenSize, config.numLabels); // 128 2
 * ```
 */
export class BertConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: BertConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'bert', fields }, values, spelling);
  }
}
