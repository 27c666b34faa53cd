import type { Seq2SeqLM } from '../../models/index.js';
import { chunkSentences } from '../../tokenizers/index.js';
import { DataError } from '../../util/errors.js';
import { GenerationPipeline, type GenerationCallOptions, isStream } from './base.js';

/** A text that was written from another. */
export interface WrittenText {
  text: string;
  /** Parts that a text longer than the model was cut into, between sentences; absent for one that was not. */
  chunks?: number;
}

/**
 * Base of the pipelines that write a text from another: text2text-generation, summarization, translation. `Key` is the
 * name of the text in results.
 */
export abstract class Text2TextPipeline<Output extends object> extends GenerationPipeline<Seq2SeqLM, string, Output[]> {
  /** The result of a written text. @internal */
  protected abstract resultOf(written: WrittenText): Output;

  /** Whether texts longer than the model are cut between sentences. @internal */
  protected get cutsTexts(): boolean {
    return false;
  }

  /** Options of `generate`, and what stands before each text. @internal */
  protected settle(options: GenerationCallOptions): { options: GenerationCallOptions; prefix: string } {
    return { options, prefix: this.prefixOf(this.task) };
  }

  /** What config.json's `task_specific_params` puts before a task's texts. @internal */
  protected prefixOf(task: string): string {
    const params = this.model.config.toJson()['task_specific_params'] as Record<string, { prefix?: unknown }> | null;
    const prefix = typeof params === 'object' && params !== null ? params[task]?.prefix : undefined;
    return typeof prefix === 'string' ? prefix : '';
  }

  protected override call_(inputs: unknown, options: GenerationCallOptions = {}): unknown {
    if (isStream<string>(inputs)) return this.each(inputs, options);
    const list = (Array.isArray(inputs) ? inputs : [inputs]) as readonly string[];
    return this.all(list, options).then((outputs) => outputs.flat());
  }

  protected override async write(text: string, given: GenerationCallOptions): Promise<Output[]> {
    if (typeof text !== 'string') throw new DataError(`${this.task}: an input must be a string, got ${typeof text}`);
    const { options, prefix } = this.settle(given);
    const parts = await this.#partsOf(text, prefix, options);
    const rows = await Promise.all(
      parts.map(async (part) => this.#writeOne(await this.encode(prefix + part, given), options)),
    );
    // With several results per text the n-th of each part belong together.
    return rows[0]!.map((_, n) => {
      const joined = rows.map((row) => row[n]!).join(' ');
      return this.resultOf({ text: joined, ...(parts.length > 1 && { chunks: parts.length }) });
    });
  }

  async #writeOne(inputIds: readonly number[], options: GenerationCallOptions): Promise<string[]> {
    const rows = await this.generate(inputIds, options);
    return this.tokenizer.batchDecode(rows, { skipSpecialTokens: true }).map((each) => each.trim());
  }

  /** The text, or its parts where it is longer than the model. */
  async #partsOf(text: string, prefix: string, { signal }: GenerationCallOptions): Promise<string[]> {
    const { model, tokenizer } = this;
    const limit = Math.min(model.encoder.maxLength, tokenizer.modelMaxLength ?? Infinity);
    if (!this.cutsTexts || (await this.encode(prefix + text, { signal })).length <= limit) return [text];
    const { inputIds } = await tokenizer.encodeBatch([prefix], { addSpecialTokens: false });
    const maxLength = limit - inputIds[0]!.length;
    const chunks = await chunkSentences(tokenizer, text, { maxLength, signal });
    const parts = chunks.map((chunk) => chunk.text.trim()).filter((part) => part !== '');
    // Of nothing but spaces no sentence is left.
    return parts.length === 0 ? [''] : parts;
  }
}

/** Calling a pipeline that writes a text from another: a text or a list gives a list of results, a stream a stream. */
export interface Text2TextCall<Output, Options = GenerationCallOptions> {
  (input: string | readonly string[], options?: Options): Promise<Output[]>;
  (inputs: AsyncIterable<string> | Iterable<string>, options?: Options): AsyncGenerator<Output[], void, undefined>;
}
