import { integer, never } from '../../util/fields.js';
import { bertFields } from '../shared/encoder/bert_like.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';

const fields = {
  ...bertFields,
  task_type_vocab_size: integer().default(3),
  // Models with embeddings of tasks are not there.
  use_task_id: never().default(false),
};

/** Fields of an {@link ErnieConfig}; all have Hugging Face's defaults. */
export type ErnieConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface ErnieConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of an ERNIE model.
 *
 * @example
 * ```ts
 * import { ErnieConfig } from 'gridstride';
 * const config = new ErnieConfig({ vocabSize: 8000, hiddenSize: 128, numHiddenLayers: 2, numAttentionHeads: 4 });
 * console.log(config.hiddenSize, config.numLabels); // 128 2
 * ```
 */
export class ErnieConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: ErnieConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'ernie', fields }, values, spelling);
  }
}
