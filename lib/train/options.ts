import { COMBINATIONS } from '../data/batches/combine_windows.js';
import type { Sampler, WindowCombination } from '../data/index.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { TrainingArguments } from './arguments/training_arguments.js';
import type { TrainerCallback } from './callbacks/callback.js';
import { checkLossOptions } from './step/loss.js';
import type {
  ComputeLoss,
  MetricsSource,
  ModelInit,
  SavableTokenizer,
  StreamedDataset,
  TrainableDataset,
  TrainableModel,
  TrainerCollator,
} from './types.js';

/** What a {@link Trainer} works with. */
export interface TrainerOptions {
  /** What is trained; or `modelInit`. */
  model?: TrainableModel;
  /**
   * Makes the model in place of `model`: each {@link Trainer.train} begins with a new one, so that it can be repeated.
   * New weights should be drawn from the arguments' seed.
   */
  modelInit?: ModelInit;
  args: TrainingArguments;
  /** Rows with `inputIds`, perhaps `tokenTypeIds`, and `label` or `labels`; of a stream with `maxSteps`. */
  trainDataset?: TrainableDataset | StreamedDataset;
  evalDataset?: TrainableDataset | StreamedDataset;
  /** Saved beside the model. */
  tokenizer?: SavableTokenizer;
  /** Makes batches of rows; by default {@link DataCollatorWithPacking}, with labels as the model's config has them. */
  dataCollator?: TrainerCollator;
  /** A function of all predictions, or metrics that take them batch by batch: an evaluation then keeps no logits. */
  computeMetrics?: MetricsSource;
  /** A loss in place of the model's, for training and evaluation. */
  computeLoss?: ComputeLoss;
  /** Factor of each class in cross-entropy, or of the positive labels where there are several. */
  classWeights?: readonly number[];
  /**
   * Where rows of the evaluation and test sets are windows of long texts (`tokenizeRows` with `stride`): how the logits of a
   * text's windows become one prediction. Metrics are then of texts; without it each window is a row of its own.
   */
  combination?: WindowCombination;
  /** The order of the training rows; random from `dataSeed` by default. */
  sampler?: Sampler;
  callbacks?: readonly TrainerCallback[];
}

/** The end of a training run. */
export interface TrainOutput {
  globalStep: number;
  trainingLoss: number;
  metrics: Record<string, number>;
}

/** What {@link Trainer.train} takes. */
export interface TrainOptions {
  /** Ends the run at once with an AbortError. */
  signal?: AbortSignal;
  /** A checkpoint to go on from; true: the last one in `outputDir`. By default that of the arguments. */
  resumeFromCheckpoint?: string | boolean;
}

/** Names of {@link TrainerOptions}. @internal */
export const TRAINER_OPTIONS: readonly (keyof TrainerOptions)[] = [
  'model',
  'modelInit',
  'args',
  'trainDataset',
  'evalDataset',
  'tokenizer',
  'dataCollator',
  'computeMetrics',
  'computeLoss',
  'classWeights',
  'combination',
  'sampler',
  'callbacks',
];

/** @throws ConfigError when it is no model @internal */
export function checkModel(option: 'model' | 'modelInit', model: TrainableModel): TrainableModel {
  if (typeof model?.forward === 'function') return model;
  const rule = option === 'model' ? 'model must be a model to train' : 'modelInit must return a model to train';
  throw new ConfigError(`Trainer: ${rule}, got ${kindOf(model)}`);
}

/** @throws ConfigError for an option that is unknown, missing, of another kind, or contradicts another @internal */
export function checkOptions(options: TrainerOptions): void {
  checkOptionNames('Trainer', options, TRAINER_OPTIONS);
  const { model, modelInit, args, computeMetrics, combination } = options;
  if (model !== undefined && modelInit !== undefined)
    throw new ConfigError('Trainer: model and modelInit exclude each other, got both');
  if (modelInit === undefined) checkModel('model', model!);
  else if (typeof modelInit !== 'function')
    throw new ConfigError(`Trainer: modelInit must be a function that makes a model, got ${kindOf(modelInit)}`);
  if (!(args instanceof TrainingArguments))
    throw new ConfigError(`Trainer: args must be TrainingArguments, got ${kindOf(args)}`);
  if (combination !== undefined && !COMBINATIONS.includes(combination))
    throw new ConfigError(`Trainer: combination must be one of ${COMBINATIONS.join(', ')}, got ${String(combination)}`);
  checkLossOptions(options);
  if (computeMetrics === undefined || typeof computeMetrics === 'function') return;
  if ((['reset', 'add', 'compute'] as const).some((name) => typeof computeMetrics?.[name] !== 'function'))
    throw new ConfigError(
      `Trainer: computeMetrics must be a function or have reset, add and compute, got ${kindOf(computeMetrics)}`,
    );
}

function kindOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
