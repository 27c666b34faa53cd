export type { TrainerOptions, TrainOptions, TrainOutput } from './options.js';
export { Trainer } from './trainer.js';
export { TrainingArguments } from './arguments/training_arguments.js';
export type { TrainingArgumentsInit } from './arguments/schema.js';
export { type TrainerCallback, TrainerControl, type TrainerEvent } from './callbacks/callback.js';
export { EarlyStoppingCallback } from './callbacks/early_stopping.js';
export type { EvaluationOutput } from './evaluation.js';
export { type AnsweredQuestion, type AnswerMetricsOptions, questionAnsweringMetrics } from './tasks/answer_metrics.js';
export { writeReport, type WrittenReport } from './report/write_report.js';
export type { CallbackState, LogEntry, TrainerState } from './state.js';
export type {
  ComputeLoss,
  ComputeMetrics,
  EvalPrediction,
  MetricsSource,
  ModelInit,
  SavableTokenizer,
  StreamedDataset,
  TrainableBatch,
  TrainableDataset,
  TrainableModel,
  TrainableOutput,
  TrainableRow,
  TrainerCollator,
} from './types.js';
