import type { ModelFamily } from '../registry.js';
import { GPT2Config } from './config.js';
import {
  GPT2ForQuestionAnswering,
  GPT2ForSequenceClassification,
  GPT2ForTokenClassification,
  GPT2LMHeadModel,
  GPT2Model,
} from './model.js';

export { GPT2Config, type GPT2ConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const gpt2Family: ModelFamily = {
  modelType: 'gpt2',
  prefix: 'transformer',
  buffers: /(^|\.)attn\.(masked_)?bias$/,
  Config: GPT2Config,
  classes: {
    base: GPT2Model,
    causalLM: GPT2LMHeadModel,
    sequenceClassification: GPT2ForSequenceClassification,
    tokenClassification: GPT2ForTokenClassification,
    questionAnswering: GPT2ForQuestionAnswering,
  },
};
