import type { DataCollator, LabelKind, PackedBatch, PaddedBatch, TokenizedRow } from '../data/index.js';
import type { CompileOptions } from '../models/index.js';
import type { Tensor } from '../tensor/tensor.js';

/** What collators make and models take. */
export type TrainableBatch = PackedBatch | PaddedBatch;

/** Makes a batch of some rows: `DataCollatorWithPacking`, `DataCollatorWithPadding` or one like them. */
export type TrainerCollator = DataCollator<TokenizedRow, TrainableBatch>;

/** What a model's forward gives the Trainer. */
export interface TrainableOutput {
  loss?: Tensor | undefined;
  /** Per example (B, ...), or per token (T, L) of a packed batch and (B, S, L) of a padded one. */
  logits?: Tensor | undefined;
  /** Where answers begin, in place of logits: (T) of a packed batch, (B, S) of a padded one. */
  startLogits?: Tensor | undefined;
  /** Where answers end. */
  endLogits?: Tensor | undefined;
}

/** Training steps recorded per bucket. @internal */
export interface RecordedSteps {
  /** Queues a step and gives its loss, which the next one of the bucket writes anew; undefined without a bucket. */
  run(batch: TrainableBatch): Tensor | undefined;
  dispose(): void;
}

/** A model the {@link Trainer} can train: every `AutoModelFor...` is one. */
export interface TrainableModel {
  forward(batch: TrainableBatch): TrainableOutput;
  namedParameters(): Iterable<[string, Tensor]>;
  train(): unknown;
  eval(): unknown;
  /** Whether it is in training mode. */
  readonly training: boolean;
  readonly device: string;
  /** What its labels are, where its config settles that; the default collator reads rows so. */
  readonly labelKind?: LabelKind | undefined;
  savePretrained(folder: string): Promise<void>;
  loadPretrainedWeights(folder: string): Promise<void>;
  seedDropout(seed: number): void;
  /** For the Trainer's `compile`. */
  compile?(options?: CompileOptions): unknown;
  /** Records what is done with each pass, where the model is compiled. @internal */
  recordSteps?(step: (output: TrainableOutput) => Tensor): RecordedSteps | undefined;
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
  /**
   * One row of logits per example, flat: (L); (tokens, L) of a head with one prediction per token; for question
   * answering (2, tokens), the start logits and then the end logits (Hugging Face gives the two apart, padded). Padding
   * is left out.
   */
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
