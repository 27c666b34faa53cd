import type { ModelFamily } from '../registry.js';
import { DistilBertConfig } from './config.js';
import {
  DistilBertForMaskedLM,
  DistilBertForMultipleChoice,
  DistilBertForQuestionAnswering,
  DistilBertForSequenceClassification,
  DistilBertForTokenClassification,
  DistilBertModel,
} from './model.js';

export { DistilBertConfig, type DistilBertConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const distilbertFamily: ModelFamily = {
  modelType: 'distilbert',
  prefix: 'distilbert',
  Config: DistilBertConfig,
  classes: {
    base: DistilBertModel,
    sequenceClassification: DistilBertForSequenceClassification,
    multipleChoice: DistilBertForMultipleChoice,
    tokenClassification: DistilBertForTokenClassification,
    maskedLM: DistilBertForMaskedLM,
    questionAnswering: DistilBertForQuestionAnswering,
  },
};
