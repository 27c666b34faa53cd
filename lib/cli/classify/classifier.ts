import { noGrad } from '../../autograd/tape.js';
import { combineWindows, DataCollatorWithPacking, type TokenizedRow, type WindowColumns } from '../../data/index.js';
import { AutoModelForSequenceClassification, type ProblemType, type SequenceClassifier } from '../../models/index.js';
import { ready } from '../../tensor/device.js';
import { type DType, parseDType } from '../../tensor/dtype.js';
import { AutoTokenizer, type PreTrainedTokenizer } from '../../tokenizers/index.js';
import { throwIfAborted } from '../../util/abort.js';
import { ConfigError } from '../../util/errors.js';
import { ClassIndex } from '../task/labels.js';
import type { TextRow } from '../task/read_rows.js';
import { readTask, type SavedTask } from '../task/saved_task.js';

/** Tokens computed at a time. */
const BATCH_TOKENS = 4096;

/** What a classifier is opened with; what is absent is as the model was trained. @internal */
export interface ClassifierOptions extends Pick<SavedTask, 'maxLength' | 'stride' | 'combination'> {
  /** Folder of the model. */
  model: string;
  device?: string | undefined;
  dtype?: string | undefined;
  /** Given: rows have several labels, where the model does not say what they have. */
  labelSeparator?: string | undefined;
}

/** A row of tokens, and the text it is of. */
type Stretch = TokenizedRow & WindowColumns;

function inferProblem({ config }: SequenceClassifier, hasSeveral: boolean): ProblemType {
  if (config.problemType !== undefined) return config.problemType;
  if (hasSeveral) return 'multi_label_classification';
  return config.numLabels === 1 ? 'regression' : 'single_label_classification';
}

/** A trained model with its tokenizer and what it was trained with: logits of texts. @internal */
export class Classifier {
  readonly model: SequenceClassifier;
  readonly tokenizer: PreTrainedTokenizer;
  readonly task: SavedTask;
  readonly problem: ProblemType;
  readonly classes: ClassIndex;
  readonly #maxLength: number;
  readonly #collator = new DataCollatorWithPacking();

  private constructor(where: string, model: SequenceClassifier, tokenizer: PreTrainedTokenizer, task: SavedTask) {
    this.model = model;
    this.tokenizer = tokenizer;
    this.task = task;
    this.problem = inferProblem(model, task.labelSeparator !== undefined);
    this.classes = new ClassIndex(Object.values(model.config.id2label));
    const limit = Math.min(model.encoder.maxLength, tokenizer.modelMaxLength ?? Infinity);
    this.#maxLength = task.maxLength ?? limit;
    if (this.#maxLength > limit)
      throw new ConfigError(`${where}: --max-length must be at most the model's ${limit}, got ${this.#maxLength}`);
  }

  /** @param where the verb, for errors @throws ConfigError, TokenizerError, CheckpointError, AbortError */
  static async open(where: string, options: ClassifierOptions, signal: AbortSignal): Promise<Classifier> {
    const { model: folder, device, dtype = 'auto', maxLength, stride, combination, labelSeparator } = options;
    const saved = await readTask(folder);
    const task: SavedTask = {
      ...saved,
      maxLength: maxLength ?? saved.maxLength,
      stride: stride ?? saved.stride,
      combination: combination ?? saved.combination,
      labelSeparator: labelSeparator ?? saved.labelSeparator,
    };
    // The tokenizer first: it is small, and its errors are soon told.
    const tokenizer = await AutoTokenizer.fromPretrained(folder);
    const type: DType | 'auto' = dtype === 'auto' ? 'auto' : parseDType(dtype);
    const model = await AutoModelForSequenceClassification.fromPretrained(folder, { device, dtype: type, signal });
    try {
      const { newWeights = [] } = model.loadReport ?? {};
      if (newWeights.length === 0) return new Classifier(where, model, tokenizer, task);
      throw new ConfigError(`${where}: --model must be a trained classifier, got none of ${newWeights.join(', ')}`);
    } catch (error) {
      model.dispose();
      throw error;
    }
  }

  /** The logits (L) of each text, in order; of the windows of a long one, combined. */
  async logitsOf(rows: readonly TextRow[], signal: AbortSignal): Promise<Float32Array[]> {
    if (rows.length === 0) return [];
    const stretches = await this.#tokenize(rows, signal);
    const logits = await this.#run(stretches, signal);
    if (this.task.stride === undefined) return logits;
    const options = { combination: this.task.combination ?? 'mean', samples: rows.length } as const;
    const weights = stretches.map(({ newTokens }) => newTokens);
    const sampleIndex = stretches.map((stretch) => stretch.sampleIndex);
    return combineWindows(logits, sampleIndex, { ...options, weights }).map((row) => Float32Array.from(row));
  }

  dispose(): void {
    this.model.dispose();
    this.tokenizer.dispose();
  }

  async #tokenize(rows: readonly TextRow[], signal: AbortSignal): Promise<Stretch[]> {
    const { stride } = this.task;
    const maxLength = this.#maxLength;
    const hasPairs = rows[0]!.textPair !== undefined;
    const lastText = hasPairs ? 'only_second' : 'only_first';
    const encoded = await this.tokenizer.encodeBatch(
      rows.map(({ text }) => text),
      {
        ...(hasPairs && { textPair: rows.map(({ textPair }) => textPair!) }),
        maxLength,
        ...(stride === undefined
          ? { truncation: true }
          : { truncation: lastText, stride, returnOverflowingTokens: true }),
        returnAttentionMask: false,
        typedArrays: true,
        signal,
      },
    );
    const { inputIds, tokenTypeIds, overflowToSampleMapping, newTokens } = encoded;
    return inputIds.map((ids, i) => ({
      inputIds: ids,
      ...(tokenTypeIds !== undefined && { tokenTypeIds: tokenTypeIds[i]! }),
      sampleIndex: overflowToSampleMapping?.[i] ?? i,
      newTokens: newTokens?.[i] ?? ids.length,
    }));
  }

  /** One batch of at most so many tokens after the other; each is read while the next one is computed. */
  async #run(stretches: readonly Stretch[], signal: AbortSignal): Promise<Float32Array[]> {
    const read: Promise<Float32Array[]>[] = [];
    for (let start = 0; start < stretches.length;) {
      throwIfAborted(signal, 'classify');
      let [end, tokens] = [start, 0];
      while (end < stretches.length && (end === start || tokens + stretches[end]!.inputIds.length <= BATCH_TOKENS))
        tokens += stretches[end++]!.inputIds.length;
      read.push(this.#queue(stretches.slice(start, end)));
      start = end;
      await ready(this.model.device);
    }
    return (await Promise.all(read)).flat();
  }

  #queue(stretches: readonly Stretch[]): Promise<Float32Array[]> {
    const outputs = noGrad(() => this.model.forward(this.#collator.collate(stretches)));
    const read = outputs.logits.data().then((data) => {
      const values = Float32Array.from(data as Float32Array);
      const width = values.length / stretches.length;
      return stretches.map((_, i) => values.slice(i * width, (i + 1) * width));
    });
    // Whoever awaits it hears of a failure; an aborted call no longer does.
    read.catch(() => undefined);
    outputs.dispose();
    return read;
  }
}

/**
 * What is made of each chunk, in order, while the next chunk is read. A chunk that cannot be read is told of after all
 * before it.
 * @internal
 */
export async function* inTurn<In, Out>(
  chunks: AsyncIterable<In>,
  work: (chunk: In) => Promise<Out>,
): AsyncGenerator<Out> {
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (let next = iterator.next(); ;) {
      const { done, value } = await next;
      if (done === true) return;
      const made = work(value);
      made.catch(() => undefined);
      next = iterator.next();
      next.catch(() => undefined);
      yield await made;
    }
  } finally {
    await iterator.return?.();
  }
}
