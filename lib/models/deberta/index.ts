import type { ModelFamily } from '../registry.js';
import { DebertaConfig } from './config.js';
import {
  DebertaForMaskedLM,
  DebertaForQuestionAnswering,
  DebertaForSequenceClassification,
  DebertaForTokenClassification,
  DebertaModel,
} from './model.js';

export { DebertaConfig, type DebertaConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const debertaFamily: ModelFamily = {
  modelType: 'deberta',
  prefix: 'deberta',
  Config: DebertaConfig,
  classes: {
    base: DebertaModel,
    sequenceClassification: DebertaForSequenceClassification,
    tokenClassification: DebertaForTokenClassification,
    maskedLM: DebertaForMaskedLM,
    questionAnswering: DebertaForQuestionAnswering,
  },
};
