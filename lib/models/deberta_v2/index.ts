import type { ModelFamily } from '../registry.js';
import { DebertaV2Config } from './config.js';
import {
  DebertaV2ForMaskedLM,
  DebertaV2ForMultipleChoice,
  DebertaV2ForQuestionAnswering,
  DebertaV2ForSequenceClassification,
  DebertaV2ForTokenClassification,
  DebertaV2Model,
} from './model.js';

export { DebertaV2Config, type DebertaV2ConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const debertaV2Family: ModelFamily = {
  modelType: 'deberta-v2',
  prefix: 'deberta',
  Config: DebertaV2Config,
  classes: {
    base: DebertaV2Model,
    sequenceClassification: DebertaV2ForSequenceClassification,
    multipleChoice: DebertaV2ForMultipleChoice,
    tokenClassification: DebertaV2ForTokenClassification,
    maskedLM: DebertaV2ForMaskedLM,
    questionAnswering: DebertaV2ForQuestionAnswering,
  },
};
