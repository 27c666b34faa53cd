import type { ModelFamily } from '../registry.js';
import { MPNetConfig } from './config.js';
import {
  MPNetForMaskedLM,
  MPNetForMultipleChoice,
  MPNetForQuestionAnswering,
  MPNetForSequenceClassification,
  MPNetForTokenClassification,
  MPNetModel,
} from './model.js';

export { MPNetConfig, type MPNetConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const mpnetFamily: ModelFamily = {
  modelType: 'mpnet',
  prefix: 'mpnet',
  Config: MPNetConfig,
  classes: {
    base: MPNetModel,
    sequenceClassification: MPNetForSequenceClassification,
    multipleChoice: MPNetForMultipleChoice,
    tokenClassification: MPNetForTokenClassification,
    maskedLM: MPNetForMaskedLM,
    questionAnswering: MPNetForQuestionAnswering,
  },
};
