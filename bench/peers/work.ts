// What the sides are asked to do. A side is a process of its own: it says who it is in one line, then answers requests,
// a line of JSON each: {"prepare": Work} runs it once and gives its signature, {"run": id} times it once more,
// {"drop": true} forgets what was prepared, {"peak": true} tells the most memory so far.

/** Passes over all batches, one after the other: the last hidden states. */
export interface InferenceWork {
  readonly kind: 'inference';
  /** Tokens of each sequence. */
  readonly lengths: readonly number[];
  /** Sequences of each batch, by their place in `lengths`. */
  readonly batches: readonly (readonly number[])[];
}

/** How a step trains. */
export interface Recipe {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly maxGradNorm: number;
}

/** One step on one batch: forward, backward, clipping, AdamW, dropout as configured. */
export interface TrainingWork {
  readonly kind: 'training';
  readonly lengths: readonly number[];
  readonly recipe: Recipe;
}

/** Texts in, their mean token states of length 1 out. */
export interface PipelineWork {
  readonly kind: 'pipeline';
  readonly texts: readonly string[];
  /** Texts that a rival takes at a time. */
  readonly batch: number;
  readonly maxLength: number;
}

/** The inputs of a task's pipeline, all in one call of ours. */
export interface TaskWork {
  readonly kind: 'task';
  /** Texts; of question answering with their contexts. */
  readonly texts: readonly string[];
  readonly contexts?: readonly string[];
  /** Of zero-shot classification. */
  readonly labels?: readonly string[];
  /** Texts that a rival takes at a time. */
  readonly batch: number;
}

export type Work = InferenceWork | TrainingWork | PipelineWork | TaskWork;

/**
 * What outputs are compared by: for each sequence or text, norm and dot products with probe vectors of its values; for
 * a training step the loss, then the gradients' norm, dropout off.
 */
export type Signature = readonly (readonly number[])[];

/** A work that a side is ready to run, and what it gave. */
export interface Prepared {
  readonly id: number;
  readonly signature: Signature;
}

/** The answer of a side that cannot do what it was asked, and why. */
export interface Refused {
  readonly refused: string;
}

/** A sequence's ids start at so many times its place in the stream of ids. */
export const ID_STRIDE = 512;
