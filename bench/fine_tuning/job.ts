import type { Task } from './tasks.js';

/** The recipe of every run, on both sides. */
export const RECIPE = {
  batch: 32,
  maxLength: 64,
  learningRate: 1e-4,
  warmupRatio: 0.1,
  weightDecay: 0.01,
  maxGradNorm: 1,
  threshold: 0.5,
} as const;

/** One run: what to start from, and where chance comes from. */
export interface Job {
  readonly task: Task;
  /** Folder of the model and tokenizer to start from; a head it lacks is made anew from the seed. */
  readonly model: string;
  readonly seed: number;
  readonly hasDropout: boolean;
  /** The rows of each epoch in their order; each side's own random order when absent. */
  readonly order?: readonly (readonly number[])[];
  readonly threads: number;
}

/** What a run gave. */
export interface Outcome {
  /** Loss of each step. */
  readonly losses: readonly number[];
  /** Of each test row: its class, or all classes at or above the threshold. */
  readonly predictions: readonly (readonly number[])[];
  /** Of training alone. */
  readonly seconds: number;
}
