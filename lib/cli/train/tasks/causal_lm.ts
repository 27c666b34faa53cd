import { AutoModelForCausalLM } from '../../../models/index.js';
import { trainByteLevelBpe } from '../../../tokenizers/index.js';
import { readTexts } from './language_model.js';
import type { TrainTask } from './task.js';

/** The next word of each. @internal */
export const causalLM: TrainTask & { mlm: false } = {
  name: 'causal-lm',
  mlm: false,
  head: 'causalLM',
  auto: AutoModelForCausalLM,
  adapter: 'CAUSAL_LM',
  options: ['lineByLine'],
  arguments: () => ({ predictionLossOnly: true }),
  needsTokenIds: true,
  newTokenizer: (texts, limits) => trainByteLevelBpe(texts, { ...limits, tokenizerClass: 'GPT2Tokenizer' }),
  read: (...of) => readTexts(causalLM, ...of),
};
