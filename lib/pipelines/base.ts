import { noGrad } from '../autograd/tape.js';
import type { ModelInputs, ModelOutput, PreTrainedModel } from '../models/index.js';
import { ready } from '../tensor/device.js';
import type { DType } from '../tensor/dtype.js';
import type { Tensor } from '../tensor/tensor.js';
import { Callable } from '../tokenizers/callable.js';
import type { PreTrainedTokenizer } from '../tokenizers/index.js';
import { throwIfAborted } from '../util/abort.js';
import { ConfigError, DisposedError } from '../util/errors.js';
import { packedBatches, type TextInput } from './batches.js';

/** Where a pipeline's model goes, and how it loads. */
export interface PipelineOptions {
  /** `auto` (the default: a GPU that works, else the CPU), `cpu`, `cuda` or `cuda:1`. */
  device?: string | undefined;
  /** `auto` (the default): the checkpoint's own. */
  dtype?: DType | 'auto' | undefined;
  /** Needed with a model that is loaded already; else the folder's own is used unless one is given. */
  tokenizer?: PreTrainedTokenizer | undefined;
  /** Stops the loading. */
  signal?: AbortSignal | undefined;
}

/** Options that every pipeline's call takes. */
export interface CallOptions {
  /** Cut texts to the model's limit; true by default. Without it a text that is too long is an error. */
  truncation?: boolean | undefined;
  /** Most tokens of a text, special ones included; the model's limit by default. */
  maxLength?: number | undefined;
  /** Most tokens computed at a time; 4,096 by default. */
  maxBatchTokens?: number | undefined;
  /** Ends the call with an AbortError. */
  signal?: AbortSignal | undefined;
}

/** Names of {@link CallOptions}. @internal */
export const CALL_OPTIONS = ['truncation', 'maxLength', 'maxBatchTokens', 'signal'] as const;

/** What a pipeline is made of. @internal */
export interface PipelineParts<Model extends PreTrainedModel> {
  task: string;
  model: Model;
  tokenizer: PreTrainedTokenizer;
  /** Whether `dispose` frees the model. */
  ownsModel: boolean;
}

const MAX_BATCH_TOKENS = 4096;

/** The values of one tensor of the model's output, for some rows. @internal */
export interface OutputRows {
  data: Float32Array;
  /** Rows first. */
  shape: readonly number[];
}

/**
 * Base of all pipelines: texts in, packed batches through the model, plain values out. Called like a function. Calls may
 * run at the same time and never hold the event loop.
 */
export abstract class Pipeline<Model extends PreTrainedModel = PreTrainedModel> extends Callable {
  readonly task: string;
  readonly model: Model;
  readonly tokenizer: PreTrainedTokenizer;
  readonly #ownsModel: boolean;
  #isDisposed = false;

  /** @internal */
  constructor({ task, model, tokenizer, ownsModel }: PipelineParts<Model>) {
    super();
    this.task = task;
    this.model = model;
    this.tokenizer = tokenizer;
    this.#ownsModel = ownsModel;
    model.eval();
  }

  /** Frees the model if the pipeline loaded it; calls after that throw DisposedError. */
  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#ownsModel) this.model.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** Most tokens of a row: the lower of the model's positions and what the tokenizer says. */
  get #limit(): number {
    return Math.min(this.model.encoder.maxLength, this.tokenizer.modelMaxLength ?? Infinity);
  }

  #lengthOf({ maxLength }: CallOptions): number {
    const limit = this.#limit;
    if (maxLength === undefined) return limit;
    if (Number.isInteger(maxLength) && maxLength >= 1 && maxLength <= limit) return maxLength;
    const rule = `maxLength must be an integer from 1 to the model's ${limit}`;
    throw new ConfigError(`${this.task}: ${rule}, got ${maxLength}`, { maxLength, limit });
  }

  /**
   * Runs the model over texts and reads one output for each batch, in order. A batch is computed while the one before
   * it is read and the next one is tokenized.
   * @internal
   */
  protected async *runTexts(
    inputs: readonly TextInput[],
    options: CallOptions,
    pick: (outputs: ModelOutput) => Tensor,
  ): AsyncGenerator<OutputRows> {
    if (this.#isDisposed) throw new DisposedError(`${this.task}: the pipeline was disposed`);
    const { truncation = true, maxBatchTokens = MAX_BATCH_TOKENS, signal } = options;
    throwIfAborted(signal, this.task);
    if (!Number.isInteger(maxBatchTokens) || maxBatchTokens < 1) {
      const text = `${this.task}: maxBatchTokens must be an integer from 1, got ${maxBatchTokens}`;
      throw new ConfigError(text, { maxBatchTokens });
    }
    const maxLength = this.#lengthOf(options);
    const batching = { where: this.task, truncation, maxLength, maxBatchTokens, signal };
    let pending: Promise<OutputRows> | undefined;
    for await (const batch of packedBatches(this.tokenizer, inputs, batching)) {
      throwIfAborted(signal, this.task);
      if (this.#isDisposed) throw new DisposedError(`${this.task}: the pipeline was disposed`);
      const next = this.#queue(batch, pick);
      if (pending !== undefined) yield await pending;
      pending = next;
      await ready(this.model.device);
    }
    throwIfAborted(signal, this.task);
    if (pending !== undefined) yield await pending;
  }

  /** Queues one forward pass and the reading of its output. */
  #queue(batch: ModelInputs, pick: (outputs: ModelOutput) => Tensor): Promise<OutputRows> {
    // The model counts positions itself, and tells in tokens when there are too many.
    const inputs = { ...batch, positionIds: undefined };
    const outputs = noGrad(() => this.model.forward(inputs));
    const wanted = pick(outputs);
    const { shape } = wanted;
    const read = wanted.data().then((data) => ({ data: Float32Array.from(data as Float32Array), shape }));
    // Whoever awaits it hears of a failure; an aborted call no longer does.
    read.catch(() => {});
    outputs.dispose();
    return read;
  }
}
