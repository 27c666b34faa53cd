import type { PreTrainedModel, PreTrainedTokenizer, TokenizedRow, TrainerCollator } from 'gridstride';

/** How long and how fast a task is trained, on both sides. */
export interface Recipe {
  readonly epochs: number;
  readonly batch: number;
  readonly learningRate: number;
  readonly warmupRatio: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
}

/** What is read of a model: a class per token or row, two scores per token, the loss alone, or texts it writes. */
export type Reading = 'tokens' | 'answers' | 'classes' | 'loss' | 'texts';

/** What a run gave. */
export interface TextOutcome {
  /** Loss of each step. */
  readonly losses: readonly number[];
  /** A row for each test row, as {@link Reading} says; none of a loss. */
  readonly predictions: readonly (readonly number[])[];
  /** Of the test rows. */
  readonly evalLoss: number | null;
  /** Of training alone. */
  readonly seconds: number;
}

/** A task of texts on a data set, ready for both sides: they get the same rows of ids. */
export interface TextTask {
  readonly name: string;
  /** Hugging Face's class. */
  readonly architecture: string;
  readonly reading: Reading;
  readonly recipe: Recipe;
  /** Folder of the weights to start from; undefined: new ones, which are then the same on both sides in every run. */
  readonly pretrained?: string;
  /** Classes of the head. */
  readonly numLabels?: number;
  readonly train: readonly TokenizedRow[];
  readonly test: readonly TokenizedRow[];
  readonly tokenizer: PreTrainedTokenizer;
  readonly collator: TrainerCollator;
  /** Most tokens that are written. */
  readonly maxTarget?: number;
  /** The model at the beginning of a run. */
  start(seed: number, hasDropout: boolean): Promise<PreTrainedModel>;
  scores(outcome: TextOutcome): Record<string, number>;
  /** Something to look at. */
  sample?(model: PreTrainedModel): Promise<string[]>;
}

/** Where data lies, and how much of it is taken. */
export interface DataPlace {
  readonly data: string;
  /** Folder of the encoder to fine-tune. */
  readonly model: string;
  /** Rows to train and to test on at most, to try it out. */
  readonly rows: number;
}

/** Of encoders that are fine-tuned. */
export const FINE_TUNING = { warmupRatio: 0.1, weightDecay: 0.01, maxGradNorm: 1 } as const;

export const NO_DROPOUT = { hiddenDropoutProb: 0, attentionProbsDropoutProb: 0, classifierDropout: 0 };
