export { Trainer, type TrainerOptions, type TrainOutput } from './trainer.js';
export { TrainingArguments, type TrainingArgumentsInit } from './training_arguments.js';
export type { EvaluationOutput } from './evaluation.js';
export type {
  ComputeMetrics,
  EvalPrediction,
  LogEntry,
  SavableTokenizer,
  TrainableBatch,
  TrainableDataset,
  TrainableModel,
  TrainableOutput,
  TrainerCallback,
  TrainerCollator,
  TrainerState,
} from './types.js';
