import { noGrad } from '../autograd/tape.js';
import { cutRows, gridOf, type TokenGrid } from '../data/batches/output_rows.js';
import { DataCollatorWithPacking, type PackedBatch } from '../data/index.js';
import type { ModelInputs, PreTrainedModel } from '../models/index.js';
import { ready } from '../tensor/device.js';
import { type Tensor, tidy } from '../tensor/tensor.js';
import { Callable } from '../tokenizers/callable.js';
import type { PreTrainedTokenizer } from '../tokenizers/index.js';
import { Batcher } from './batching/batcher.js';
import { inOrder } from './batching/in_order.js';
import type { PipelineStats } from './batching/stats.js';
import type { Caller } from './batching/task.js';
import { type CallOptions, encodeSettings, type RowNeeds, type ServiceSettings } from './options.js';
import { type EncodedRow, type EncodeSettings, SharedTextEncoder } from './texts/text_encoder.js';
import { checkTextInputs, type Inputs, kindOfInputs, readTextInput, type TextPair } from './texts/text_input.js';

/** What a pipeline is made of. @internal */
export interface PipelineParts<Model extends PreTrainedModel> {
  task: string;
  model: Model;
  tokenizer: PreTrainedTokenizer;
  /** Whether `dispose` frees the model. */
  ownsModel: boolean;
  service: ServiceSettings;
}

/** A row of a batch and what the model gave for it: its own part of each output of `forward`. @internal */
export interface ComputedRow {
  row: EncodedRow;
  values: Readonly<Record<string, Float32Array>>;
}

/** What a task does with the inputs of one call. @internal */
export interface Job<Input, Output> {
  /** Refuses what is no input of the task: by default what is neither a text nor a pair. @param place as ` at index 3` */
  check?(input: unknown, place: string): void;
  /** The texts of an input, all of them computed for it; the input itself, a text or a pair, by default. */
  textsOf?(input: Input): readonly TextPair[];
  /** How many that are; 1 by default. */
  textsPerInput?: number;
  /** What rows are to hold. */
  needs?: RowNeeds;
  /** Refuses an input for what its texts became. */
  checkRows?(rows: readonly EncodedRow[]): void;
  /** What rows tell `forward` of their call, whose batches hold rows of several. */
  wants?: string;
  /** The result of an input from the rows of its texts, in their order. */
  resultOf(rows: readonly ComputedRow[], input: Input): Output | Promise<Output>;
}

/** Inputs of a call that may be under way at once, and characters of them: what a stream keeps in memory. */
const AHEAD_INPUTS = 1024;
const AHEAD_CHARACTERS = 1 << 20;

/**
 * Base of all pipelines: texts in, packed batches through the model, plain values out. Called like a function. All calls
 * of a pipeline, at the same time or not, share its batches; none of them holds the event loop.
 */
export abstract class Pipeline<Model extends PreTrainedModel = PreTrainedModel> extends Callable {
  readonly task: string;
  readonly model: Model;
  readonly tokenizer: PreTrainedTokenizer;
  readonly #ownsModel: boolean;
  readonly #batcher: Batcher<EncodedRow, ComputedRow>;
  readonly #encoder: SharedTextEncoder;
  readonly #collator = new DataCollatorWithPacking();

  /** @internal */
  constructor({ task, model, tokenizer, ownsModel, service }: PipelineParts<Model>) {
    super();
    this.task = task;
    this.model = model;
    this.tokenizer = tokenizer;
    this.#ownsModel = ownsModel;
    this.#encoder = new SharedTextEncoder(task, tokenizer);
    this.#batcher = new Batcher({
      ...service,
      where: task,
      compute: (rows) => this.#compute(rows),
      tokensOf: ({ inputIds }) => inputIds.length,
      // A GPU is done with a batch before the host has made the next one.
      ahead: model.device.startsWith('cuda') ? 1 : 0,
    });
    model.eval();
  }

  /** What the pipeline is doing and has done. */
  stats(): PipelineStats {
    return this.#batcher.stats;
  }

  /**
   * Frees the model if the pipeline loaded it. Calls under way end with a DisposedError, and so do later ones; who wants
   * their results waits for them first.
   */
  dispose(): void {
    this.#batcher.dispose();
    if (this.#ownsModel) this.model.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * The outputs to read of a packed batch, by name: (B, ...) or (T, ...) each. Runs without gradients; other tensors made
   * here are freed.
   * @internal
   */
  protected abstract forward(inputs: ModelInputs, rows: readonly EncodedRow[]): Readonly<Record<string, Tensor>>;

  /** Where each row's part of an output stands that has one for each of some places, by default of all tokens. @internal */
  protected gridOf(batch: PackedBatch): TokenGrid {
    return gridOf(batch);
  }

  /**
   * Results of a call's inputs: a promise of one or a list of them, or of a stream a stream. `jobOf` checks the task's own
   * options.
   * @internal
   */
  protected run<Input, Output>(
    inputs: Inputs<Input>,
    options: CallOptions,
    jobOf: () => Job<Input, Output>,
  ): Promise<Output | Output[]> | AsyncGenerator<Output, void, undefined> {
    if (kindOfInputs(inputs) === 'stream')
      return this.#results(inputs as AsyncIterable<Input>, options, jobOf, { reserves: false });
    return this.#collect(inputs as Input | readonly Input[], options, jobOf);
  }

  async #collect<Input, Output>(
    inputs: Input | readonly Input[],
    options: CallOptions,
    jobOf: () => Job<Input, Output>,
  ): Promise<Output | Output[]> {
    const list = (Array.isArray(inputs) ? inputs : [inputs]) as readonly Input[];
    const checked = (): Job<Input, Output> => {
      const job = jobOf();
      if (!Array.isArray(inputs)) return job;
      if (job.check === undefined) checkTextInputs(this.task, list);
      else for (let i = 0; i < list.length; i++) job.check(list[i], list.length > 1 ? ` at index ${i}` : '');
      return job;
    };
    const outputs: Output[] = [];
    for await (const output of this.#results(list, options, checked, { reserves: list.length > 0 }))
      outputs.push(output);
    return Array.isArray(inputs) ? outputs : outputs[0]!;
  }

  async *#results<Input, Output>(
    inputs: Iterable<Input> | AsyncIterable<Input>,
    options: CallOptions,
    jobOf: () => Job<Input, Output>,
    { reserves }: { reserves: boolean },
  ): AsyncGenerator<Output, void, undefined> {
    const job = jobOf();
    const { signal } = options;
    const settings = encodeSettings(this, options, job.needs);
    const caller = this.#batcher.open(signal, reserves);
    try {
      yield* inOrder(inputs, caller, {
        ahead: AHEAD_CHARACTERS,
        weightOf: (input) => (AHEAD_CHARACTERS / AHEAD_INPUTS + charactersOf(input)) * (job.textsPerInput ?? 1),
        hasRoom: () => this.#batcher.hasRoom(caller),
        start: (input) => this.#resultOf(input, job, { caller, settings, signal }),
      });
    } finally {
      this.#batcher.close(caller);
    }
  }

  async #resultOf<Input, Output>(
    input: Input,
    job: Job<Input, Output>,
    call: { caller: Caller<EncodedRow, ComputedRow>; settings: EncodeSettings; signal: AbortSignal | undefined },
  ): Promise<Output> {
    job.check?.(input, '');
    const texts = job.textsOf?.(input) ?? [readTextInput(this.task, input)];
    const task = this.#batcher.accept(call.caller);
    Promise.all(texts.map((text) => this.#encoder.encode(text, call.settings, call.signal)))
      .then((encoded) => {
        const rows = encoded.flat();
        job.checkRows?.(rows);
        this.#batcher.submit(task, job.wants === undefined ? rows : rows.map((row) => ({ ...row, wants: job.wants! })));
      })
      .catch((error: unknown) => this.#batcher.fail(task, error));
    return job.resultOf(await task.done, input);
  }

  async #compute(rows: readonly EncodedRow[]): Promise<ComputedRow[]> {
    await ready(this.model.device);
    const batch = this.#collator.collate(rows);
    const outputs = noGrad(() => tidy(() => this.forward(batch, rows)));
    const grid = this.gridOf(batch);
    try {
      const parts = await Promise.all(
        Object.entries(outputs).map(async ([name, tensor]) => {
          const values = (await tensor.data()) as Float32Array;
          return [name, cutRows({ where: this.task, name, values, shape: tensor.shape }, grid)] as const;
        }),
      );
      return rows.map((row, i) => ({ row, values: Object.fromEntries(parts.map(([name, cut]) => [name, cut[i]!])) }));
    } finally {
      for (const tensor of Object.values(outputs)) tensor.dispose();
    }
  }
}

function charactersOf(input: unknown): number {
  const texts: unknown[] = typeof input === 'string' ? [input] : Object.values(input ?? {});
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? text.length : 0), 0);
}
