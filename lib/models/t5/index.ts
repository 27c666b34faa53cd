import type { ModelFamily } from '../registry.js';
import { T5Config } from './config.js';
import { T5ForConditionalGeneration, T5Model } from './model.js';

export { T5Config, type T5ConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const t5Family: ModelFamily = {
  modelType: 't5',
  prefix: '',
  buffers: /(^|\.)decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight$/,
  Config: T5Config,
  classes: { base: T5Model, seq2SeqLM: T5ForConditionalGeneration },
};
