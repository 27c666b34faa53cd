import type { ModelFamily } from '../registry.js';
import { CamembertConfig } from './config.js';
import {
  CamembertForMaskedLM,
  CamembertForMultipleChoice,
  CamembertForQuestionAnswering,
  CamembertForSequenceClassification,
  CamembertForTokenClassification,
  CamembertModel,
} from './model.js';

export { CamembertConfig, type CamembertConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const camembertFamily: ModelFamily = {
  modelType: 'camembert',
  prefix: 'roberta',
  Config: CamembertConfig,
  classes: {
    base: CamembertModel,
    sequenceClassification: CamembertForSequenceClassification,
    multipleChoice: CamembertForMultipleChoice,
    tokenClassification: CamembertForTokenClassification,
    maskedLM: CamembertForMaskedLM,
    questionAnswering: CamembertForQuestionAnswering,
  },
};
