import type { ModelFamily } from '../registry.js';
import { XLMRobertaConfig } from './config.js';
import {
  XLMRobertaForMaskedLM,
  XLMRobertaForMultipleChoice,
  XLMRobertaForQuestionAnswering,
  XLMRobertaForSequenceClassification,
  XLMRobertaForTokenClassification,
  XLMRobertaModel,
} from './model.js';

export { XLMRobertaConfig, type XLMRobertaConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const xlmRobertaFamily: ModelFamily = {
  modelType: 'xlm-roberta',
  prefix: 'roberta',
  Config: XLMRobertaConfig,
  classes: {
    base: XLMRobertaModel,
    sequenceClassification: XLMRobertaForSequenceClassification,
    multipleChoice: XLMRobertaForMultipleChoice,
    tokenClassification: XLMRobertaForTokenClassification,
    maskedLM: XLMRobertaForMaskedLM,
    questionAnswering: XLMRobertaForQuestionAnswering,
  },
};
