import type { ChoiceRow, DataCollator, LabelKind, PackedBatch, PaddedBatch, TokenizedRow } from '../data/index.js';
import type { MetricAccumulator } from '../metrics/index.js';
import type { CompileOptions, OutputName } from '../models/index.js';
import type { Slot } from '../nn/module.js';
import type { StateEntry } from '../nn/state_dict.js';
import type { Generator } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import type { TrainingArguments } from './arguments/training_arguments.js';

/** What collators make and models take. */
export type TrainableBatch = (PackedBatch | PaddedBatch) & {
  /** Set by the Trainer where nothing but the loss is read. */
  returns?: readonly OutputName[];
};

/** Makes a batch of some rows: `DataCollatorWithPacking`, `DataCollatorWithPadding` or one like them. */
export type TrainerCollator = DataCollator<TokenizedRow, TrainableBatch>;

/** A row to train on: a tokenized text, or a question with its choices. */
export type TrainableRow = TokenizedRow | ChoiceRow;

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
  /** Queues a step and gives what it returned, which the next one of the bucket writes anew; undefined without a bucket. */
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
  /** Dropout's random numbers, kept in checkpoints; `seedDropout` makes it. */
  readonly generator?: Generator | undefined;
  /** Names and places of what a checkpoint holds, as `Module` has them. @internal */
  stateEntries?(): StateEntry[];
  /** Fields that hold parameters, as `Module` has them: `bf16` and `fp16` put 16-bit copies there. @internal */
  slots?(): Slot[];
  /** Turns activation checkpointing on or off; `gradientCheckpointing` needs it. */
  checkpointGradients?(on: boolean): unknown;
  /** Writes texts; `predictWithGenerate` needs it. */
  generate?(inputs: {
    inputIds: readonly ArrayLike<number>[];
    maxLength?: number;
    numBeams?: number;
    signal?: AbortSignal;
  }): Promise<{ sequences: number[][] }>;
  /** For the Trainer's `compile`. */
  compile?(options?: CompileOptions): unknown;
  /** Records what is done with each pass, where the model is compiled. @internal */
  recordSteps?(step: (output: TrainableOutput) => Tensor): RecordedSteps | undefined;
}

/** Makes a model to train for a run with such arguments. */
export type ModelInit = (args: TrainingArguments) => TrainableModel | Promise<TrainableModel>;

/** Rows the {@link Trainer} reads: a `Dataset` or any indexed collection. */
export interface TrainableDataset {
  readonly length: number;
  at(index: number): Readonly<TrainableRow>;
}

/** Rows that are read one after the other, again from the start each epoch: an `IterableDataset`. */
export type StreamedDataset = AsyncIterable<Readonly<TrainableRow>>;

/** What can be saved beside a model. */
export interface SavableTokenizer {
  savePretrained(folder: string): Promise<unknown>;
}

/** Raw outputs over a data set or a part of it, given to `computeMetrics`. */
export interface EvalPrediction {
  /**
   * One row of logits per example, flat: (L); (tokens, L) of a head with one prediction per token; for question
   * answering (2, tokens), the start logits and then the end logits (Hugging Face gives the two apart, padded). Padding
   * is left out. With `predictWithGenerate` the ids that the model wrote.
   */
  predictions: Float32Array[];
  /** The labels of each example. */
  labelIds: (number | readonly number[])[];
}

/** Computes metrics by name, e.g. `{ accuracy, f1Macro }`. */
export type ComputeMetrics = (prediction: EvalPrediction) => Record<string, number>;

/** What `computeMetrics` may be: a function of all predictions, or metrics that take them batch by batch and keep none. */
export type MetricsSource = ComputeMetrics | MetricAccumulator;

/**
 * A loss of one's own: a scalar, the mean over the batch. The batch keeps its labels; the model was called without them
 * (of texts to write its decoder still makes what it reads).
 * With gradient accumulation the Trainer weighs the batches by their labels.
 */
export type ComputeLoss = (output: TrainableOutput, batch: TrainableBatch) => Tensor;
