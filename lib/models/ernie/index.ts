import type { ModelFamily } from '../registry.js';
import { ErnieConfig } from './config.js';
import {
  ErnieForMaskedLM,
  ErnieForMultipleChoice,
  ErnieForQuestionAnswering,
  ErnieForSequenceClassification,
  ErnieForTokenClassification,
  ErnieModel,
} from './model.js';

export { ErnieConfig, type ErnieConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const ernieFamily: ModelFamily = {
  modelType: 'ernie',
  prefix: 'ernie',
  Config: ErnieConfig,
  classes: {
    base: ErnieModel,
    sequenceClassification: ErnieForSequenceClassification,
    multipleChoice: ErnieForMultipleChoice,
    tokenClassification: ErnieForTokenClassification,
    maskedLM: ErnieForMaskedLM,
    questionAnswering: ErnieForQuestionAnswering,
  },
};
