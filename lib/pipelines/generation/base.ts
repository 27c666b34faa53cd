import type { CausalLM, GenerateInputs, Seq2SeqLM } from '../../models/index.js';
import type { GenerateOptions } from '../../generate/index.js';
import { Callable } from '../../tokenizers/callable.js';
import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import { onAbort, throwIfAborted, toAbortError } from '../../util/abort.js';
import { ConfigError, DisposedError } from '../../util/errors.js';
import { inOrder, type Sleeper } from '../batching/in_order.js';
import type { PipelineParts } from '../base.js';
import { kindOfInputs } from '../texts/text_input.js';

/** Options of `model.generate` whose results a pipeline would drop. */
const DROPPED = ['outputScores', 'outputLogits', 'returnCache'] as const;

/** Options that every pipeline that writes takes: those of `model.generate`. */
export type GenerationCallOptions = Omit<GenerateOptions, 'tokenizer' | (typeof DROPPED)[number]>;

/** Inputs of a call that are written at the same time: what a stream is read ahead. */
const AHEAD_INPUTS = 64;

/**
 * Base of the pipelines that write text. Called like a function. All calls of a model, at the same time or not, share its
 * running batch.
 */
export abstract class GenerationPipeline<Model extends CausalLM | Seq2SeqLM, Input, Output> extends Callable {
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

  /** Frees the model if the pipeline loaded it. Calls under way then end with a DisposedError. */
  dispose(): void {
    this.#isDisposed = true;
    if (this.#ownsModel) this.model.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /** What comes of one input. @internal */
  protected abstract write(input: Input, options: GenerationCallOptions): Promise<Output>;

  /** Outputs of a list or a stream of inputs, in their order. @internal */
  protected async *each(
    inputs: Iterable<Input> | AsyncIterable<Input>,
    options: GenerationCallOptions,
  ): AsyncGenerator<Output, void, undefined> {
    const where = this.task;
    if (this.#isDisposed) throw new DisposedError(`${where}: already disposed`);
    throwIfAborted(options.signal, where);
    for (const name of DROPPED)
      if (name in options)
        throw new ConfigError(`${where}: ${name} is for model.generate, a pipeline gives texts alone`);
    const controller = new AbortController();
    const caller: Sleeper & { left: { error: unknown } | undefined } = { left: undefined, wake: undefined };
    const unlisten = onAbort(options.signal, () => {
      caller.left = { error: toAbortError(options.signal!, where) };
      controller.abort(options.signal!.reason);
      caller.wake?.();
    });
    const own = { ...options, signal: controller.signal };
    const start = (input: Input): Promise<Output> => this.write(input, own);
    try {
      yield* inOrder(inputs, caller, { ahead: AHEAD_INPUTS, weightOf: () => 1, hasRoom: () => true, start });
    } finally {
      unlisten();
      controller.abort();
    }
  }

  /** All outputs of a list. @internal */
  protected async all(inputs: readonly Input[], options: GenerationCallOptions): Promise<Output[]> {
    const outputs: Output[] = [];
    for await (const output of this.each(inputs, options)) outputs.push(output);
    return outputs;
  }

  /** New ids of rows that the model writes on from ids, without those. @internal */
  protected async generate(inputIds: readonly number[], options: GenerationCallOptions): Promise<number[][]> {
    const { model, tokenizer } = this;
    const asked = options.stopStrings == null ? options : { ...options, tokenizer };
    const { sequences } = await model.generate({ inputIds: [inputIds], ...asked } as GenerateInputs);
    return sequences;
  }

  /** The ids of one text. @internal */
  protected async encode(text: string, { signal }: GenerationCallOptions): Promise<number[]> {
    const { inputIds } = await this.tokenizer.encodeBatch([text], { truncation: false, signal });
    return inputIds[0]!;
  }
}

/** Whether a call got a stream of inputs. @internal */
export function isStream<Input>(inputs: unknown): inputs is AsyncIterable<Input> | Iterable<Input> {
  return kindOfInputs(inputs) === 'stream';
}
