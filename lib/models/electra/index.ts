import type { ModelFamily } from '../registry.js';
import { ElectraConfig } from './config.js';
import {
  ElectraForMaskedLM,
  ElectraForMultipleChoice,
  ElectraForPreTraining,
  ElectraForQuestionAnswering,
  ElectraForSequenceClassification,
  ElectraForTokenClassification,
  ElectraModel,
} from './model.js';

export { ElectraConfig, type ElectraConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const electraFamily: ModelFamily = {
  modelType: 'electra',
  prefix: 'electra',
  Config: ElectraConfig,
  classes: {
    base: ElectraModel,
    sequenceClassification: ElectraForSequenceClassification,
    multipleChoice: ElectraForMultipleChoice,
    tokenClassification: ElectraForTokenClassification,
    maskedLM: ElectraForMaskedLM,
    questionAnswering: ElectraForQuestionAnswering,
    preTraining: ElectraForPreTraining,
  },
};
