export { Trainer, type TrainerOptions, type TrainOutput } from './trainer.js';
export { TrainingArguments, type TrainingArgumentsInit } from './training_arguments.js';
export type { EvaluationOutput } from './evaluation.js';
export type {
  ComputeMetrics,
  EvalPrediction,
  LogEntry,
  SavableTokenizer,
  TrainableDataset,
  TrainableModel,
  TrainableOutput,
  TrainerCallback,
  TrainerState,
} from './types.js';
