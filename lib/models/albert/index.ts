import type { ModelFamily } from '../registry.js';
import { AlbertConfig } from './config.js';
import {
  AlbertForMaskedLM,
  AlbertForMultipleChoice,
  AlbertForQuestionAnswering,
  AlbertForSequenceClassification,
  AlbertForTokenClassification,
  AlbertModel,
} from './model.js';

export { AlbertConfig, type AlbertConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const albertFamily: ModelFamily = {
  modelType: 'albert',
  prefix: 'albert',
  Config: AlbertConfig,
  classes: {
    base: AlbertModel,
    sequenceClassification: AlbertForSequenceClassification,
    multipleChoice: AlbertForMultipleChoice,
    tokenClassification: AlbertForTokenClassification,
    maskedLM: AlbertForMaskedLM,
    questionAnswering: AlbertForQuestionAnswering,
  },
};
