import type { ModelFamily } from '../registry.js';
import { LlamaConfig } from './config.js';
import {
  LlamaForCausalLM,
  LlamaForQuestionAnswering,
  LlamaForSequenceClassification,
  LlamaForTokenClassification,
  LlamaModel,
} from './model.js';

export { LlamaConfig, type LlamaConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const llamaFamily: ModelFamily = {
  modelType: 'llama',
  prefix: 'model',
  buffers: /(^|\.)rotary_emb\.inv_freq$/,
  Config: LlamaConfig,
  classes: {
    base: LlamaModel,
    causalLM: LlamaForCausalLM,
    sequenceClassification: LlamaForSequenceClassification,
    tokenClassification: LlamaForTokenClassification,
    questionAnswering: LlamaForQuestionAnswering,
  },
};
