import type { ModelFamily } from '../registry.js';
import { RobertaConfig } from './config.js';
import {
  RobertaForMaskedLM,
  RobertaForMultipleChoice,
  RobertaForQuestionAnswering,
  RobertaForSequenceClassification,
  RobertaForTokenClassification,
  RobertaModel,
} from './model.js';

export { RobertaConfig, type RobertaConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const robertaFamily: ModelFamily = {
  modelType: 'roberta',
  prefix: 'roberta',
  Config: RobertaConfig,
  classes: {
    base: RobertaModel,
    sequenceClassification: RobertaForSequenceClassification,
    multipleChoice: RobertaForMultipleChoice,
    tokenClassification: RobertaForTokenClassification,
    maskedLM: RobertaForMaskedLM,
    questionAnswering: RobertaForQuestionAnswering,
  },
};
