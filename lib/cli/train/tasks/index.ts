import { causalLM } from './causal_lm.js';
import { entailment } from './entailment.js';
import { maskedLM } from './masked_lm.js';
import { questionAnswering } from './question_answering.js';
import { seq2seq } from './seq2seq.js';
import type { TrainTask } from './task.js';
import { textClassification } from './text_classification.js';
import { tokenClassification } from './token_classification.js';

const ALL = [
  textClassification,
  tokenClassification,
  questionAnswering,
  seq2seq,
  maskedLM,
  causalLM,
  entailment,
] as const satisfies readonly TrainTask[];

/** What `train` can train, by name. @internal */
export const TASKS: ReadonlyMap<string, TrainTask> = new Map(ALL.map((task) => [task.name, task]));
