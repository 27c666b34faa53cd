import type { AutoClass } from '../../../models/auto.js';
import type { PreTrainedModel } from '../../../models/index.js';
import type { Task as Head } from '../../../models/registry.js';
import type { LoraConfigInit } from '../../../models/index.js';
import type { PreTrainedTokenizer } from '../../../tokenizers/index.js';
import type { TrainerOptions, TrainingArgumentsInit } from '../../../train/index.js';
import type { CliIo } from '../../io.js';
import type { SavedTask } from '../../task/saved_task.js';
import type { TrainSettings } from '../settings.js';
import type { StartingPoint, Targets } from '../start_model.js';

/** What a task gives its Trainer. @internal */
export type TaskParts = Pick<
  TrainerOptions,
  'trainDataset' | 'evalDataset' | 'classWeights' | 'combination' | 'computeMetrics' | 'dataCollator'
>;

/** What rows are made ready with. @internal */
export interface PreparationContext {
  tokenizer: PreTrainedTokenizer;
  /** Most tokens of a row. */
  maxLength: number;
  /** Whether nothing is trained. */
  forEvaluation?: boolean;
  signal: AbortSignal;
}

/** The files of a run, read and checked. @internal */
export interface TaskData extends Targets {
  rows: { train: number; eval: number | undefined };
  /** What is learnt, for people: `2 classes (good, poor)`. */
  told: string;
  /** Names of the metrics that evaluations give. */
  metrics: readonly string[];
  /** To be saved with the model. */
  saved: SavedTask;
  /** All texts to train on, for a vocabulary. */
  texts(): Iterable<string>;
  /** The rows as a Trainer takes them, and how it is to judge them. */
  parts(context: PreparationContext): Promise<TaskParts>;
  /** Further metrics that those of an evaluation give. */
  also?(evaluated: Readonly<Record<string, number>>): Record<string, number>;
}

/** Options that say how a vocabulary is learnt. @internal */
export interface VocabularyLimits {
  vocabSize: number;
  modelMaxLength: number;
  signal: AbortSignal;
}

/** What `train` can train: one file for each. @internal */
export interface TrainTask {
  name: string;
  /** What the model needs. */
  head: Head;
  auto: AutoClass<PreTrainedModel>;
  adapter?: NonNullable<LoraConfigInit['taskType']>;
  /** The settings that it takes of those that only some tasks take. */
  options: readonly (keyof TrainSettings)[];
  /** Columns where nobody names others. */
  columns?: Pick<SavedTask, 'textColumn' | 'textPairColumn' | 'labelColumn'>;
  /** Training arguments where nobody gives others, from the settings that were given. */
  arguments?(given: Readonly<Record<string, unknown>>): Partial<TrainingArgumentsInit>;
  /** Arguments by which a trained model is judged. */
  judging?: Partial<TrainingArgumentsInit>;
  /** Whether the config of a new model names the tokenizer's special tokens. */
  needsTokenIds?: boolean;
  /** Learns a vocabulary for new weights. */
  newTokenizer(texts: Iterable<string>, limits: VocabularyLimits): Promise<PreTrainedTokenizer>;
  /** @throws DataError, ConfigError naming what does not fit, with file and line */
  read(where: string, settings: TrainSettings, point: StartingPoint, io: CliIo): Promise<TaskData>;
}
