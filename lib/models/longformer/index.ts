import type { ModelFamily } from '../registry.js';
import { LongformerConfig } from './config.js';
import {
  LongformerForMaskedLM,
  LongformerForMultipleChoice,
  LongformerForQuestionAnswering,
  LongformerForSequenceClassification,
  LongformerForTokenClassification,
  LongformerModel,
} from './model.js';

export { LongformerConfig, type LongformerConfigFields } from './config.js';
export * from './model.js';

/** @internal */
export const longformerFamily: ModelFamily = {
  modelType: 'longformer',
  prefix: 'longformer',
  Config: LongformerConfig,
  classes: {
    base: LongformerModel,
    sequenceClassification: LongformerForSequenceClassification,
    multipleChoice: LongformerForMultipleChoice,
    tokenClassification: LongformerForTokenClassification,
    maskedLM: LongformerForMaskedLM,
    questionAnswering: LongformerForQuestionAnswering,
  },
};
