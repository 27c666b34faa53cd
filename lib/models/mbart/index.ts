import type { ModelFamily } from '../registry.js';
import { MBartConfig } from './config.js';
import { MBartForConditionalGeneration, MBartForSequenceClassification, MBartModel } from './model.js';

export { MBartConfig, type MBartConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const mbartFamily: ModelFamily = {
  modelType: 'mbart',
  prefix: 'model',
  buffers: /(^|\.)(en|de)coder\.version$/,
  Config: MBartConfig,
  classes: {
    base: MBartModel,
    seq2SeqLM: MBartForConditionalGeneration,
    sequenceClassification: MBartForSequenceClassification,
  },
};
