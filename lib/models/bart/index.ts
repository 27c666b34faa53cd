import type { ModelFamily } from '../registry.js';
import { BartConfig } from './config.js';
import { BartForConditionalGeneration, BartForSequenceClassification, BartModel } from './model.js';

export { BartConfig, type BartConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const bartFamily: ModelFamily = {
  modelType: 'bart',
  prefix: 'model',
  buffers: /(^|\.)(en|de)coder\.version$/,
  Config: BartConfig,
  classes: {
    base: BartModel,
    seq2SeqLM: BartForConditionalGeneration,
    sequenceClassification: BartForSequenceClassification,
  },
};
