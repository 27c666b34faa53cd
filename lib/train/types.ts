import type { PackedBatch, TokenizedRow } from '../data/index.js';
import type { Tensor } from '../tensor/tensor.js';

/** What a model's forward gives the Trainer. */
export interface TrainableOutput {
  loss?: Tensor | undefined;
  logits?: Tensor | undefined;
}

/** A model the {@link Trainer} can train: every `AutoModelFor...` is one. */
export interface TrainableModel {
  forward(batch: PackedBatch): TrainableOutput;
  namedParameters(): Iterable<[string, Tensor]>;
  train(): unknown;
  eval(): unknown;
  readonly device: string;
  savePretrained(folder: string): Promise<void>;
  loadPretrainedWeights(folder: string): Promise<void>;
  seedDropout(seed: number): void;
}

/** Rows the {@link Trainer} reads: a `Dataset` or any indexed collection. */
export interface TrainableDataset {
  readonly length: number;
  at(index: number): Readonly<TokenizedRow>;
}

/** What can be saved beside a model. */
export interface SavableTokenizer {
  savePretrained(folder: string): Promise<unknown>;
}

/** Raw outputs over a data set, given to `computeMetrics`. */
export interface EvalPrediction {
  /** One row of logits per example (per example and token for token-level heads). */
  predictions: Float32Array[];
  /** The labels of each example. */
  labelIds: (number | readonly number[])[];
}

/** Computes metrics by name, e.g. `{ accuracy, f1Macro }`. */
export type ComputeMetrics = (prediction: EvalPrediction) => Record<string, number>;

/** One line of {@link TrainerState.logHistory}: losses, rates and metrics by name, with the step and epoch. */
export type LogEntry = { step: number; epoch: number } & Record<string, number>;

/** Where a run stands. */
export interface TrainerState {
  globalStep: number;
  maxSteps: number;
  epoch: number;
  logHistory: LogEntry[];
  bestMetric: number | undefined;
  bestModelCheckpoint: string | undefined;
}

/** Hooks into a run; each may be absent and may be asynchronous. */
export interface TrainerCallback {
  onTrainBegin?(state: TrainerState): void | Promise<void>;
  onStepEnd?(state: TrainerState): void | Promise<void>;
  onEpochEnd?(state: TrainerState): void | Promise<void>;
  onLog?(state: TrainerState, entry: LogEntry): void | Promise<void>;
  onEvaluate?(state: TrainerState, metrics: Record<string, number>): void | Promise<void>;
  onPredictionStep?(done: number, total: number): void | Promise<void>;
  onSave?(state: TrainerState, folder: string): void | Promise<void>;
  onTrainEnd?(state: TrainerState): void | Promise<void>;
}
