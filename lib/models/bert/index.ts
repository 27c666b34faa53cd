import type { ModelFamily } from '../registry.js';
import { BertConfig } from './config.js';
import {
  BertForMaskedLM,
  BertForMultipleChoice,
  BertForQuestionAnswering,
  BertForSequenceClassification,
  BertForTokenClassification,
  BertModel,
} from './model.js';

export { BertConfig, type BertConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const bertFamily: ModelFamily = {
  modelType: 'bert',
  prefix: 'bert',
  Config: BertConfig,
  classes: {
    base: BertModel,
    sequenceClassification: BertForSequenceClassification,
    multipleChoice: BertForMultipleChoice,
    tokenClassification: BertForTokenClassification,
    maskedLM: BertForMaskedLM,
    questionAnswering: BertForQuestionAnswering,
  },
};
