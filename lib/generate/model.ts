import type { Tensor } from '../tensor/tensor.js';
import type { GenerationConfig } from './config.js';

/** The part of one sequence in a model's cache. @internal */
export interface CachePart {
  readonly length: number;
  fork(): CachePart;
  dispose(): void;
}

/** What an encoder is to read. @internal */
export interface SourceRow {
  inputIds: readonly number[];
  /** Where some of them are hidden. */
  attentionMask?: readonly number[];
}

/** One input of a call. @internal */
export interface Prompt {
  /** What the decoder reads first. */
  tokens: readonly number[];
  source?: SourceRow;
}

/** What a sequence reads in a step: its whole prompt in the first one, then a token at a time. @internal */
export interface StepRow {
  cache: CachePart;
  tokens: readonly number[];
  /** In a sequence's first step. */
  source?: SourceRow | undefined;
}

/** What generation needs to know of a model. @internal */
export interface GeneratingModel {
  readonly architecture: string;
  readonly device: string;
  readonly isEncoderDecoder: boolean;
  readonly vocabSize: number;
  /** Tokens of the longest sequence that can be written. */
  readonly longest: number;
  readonly generationConfig: GenerationConfig;
  newCache(): { add(): CachePart };
  /** Reads the rows, all of them new or none, and gives the scores of what follows each: (B, V). */
  step(rows: readonly StepRow[]): Tensor;
}
