import { AutoModelForCausalLM, type CausalLM } from '../../models/index.js';
import type { ChatMessage } from '../../tokenizers/index.js';
import { ConfigError, DataError } from '../../util/errors.js';
import type { PipelineTask } from '../loading.js';
import { GenerationPipeline, type GenerationCallOptions, isStream } from './base.js';

/** A text to go on with, or a chat to answer. */
export type GenerationInput = string | readonly ChatMessage[];

/** What a {@link TextGenerationPipeline} gives: the text, or the chat with the answer. */
export interface GeneratedText {
  generated_text: string | ChatMessage[];
}

/** Options of a call of a {@link TextGenerationPipeline}. */
export interface TextGenerationOptions extends GenerationCallOptions {
  /** Whether results begin with the text or chat that was given; true by default. */
  returnFullText?: boolean | undefined;
}

function isChat(input: unknown): input is readonly ChatMessage[] {
  const isMessage = (each: unknown): boolean => typeof each === 'object' && each !== null && 'role' in each;
  return Array.isArray(input) && input.length > 0 && input.every(isMessage);
}

/** Goes on with texts, or answers chats. Made by `pipeline("text-generation", ...)`. */
export class TextGenerationPipeline extends GenerationPipeline<CausalLM, GenerationInput, GeneratedText[]> {
  protected override call_(inputs: unknown, options: TextGenerationOptions = {}): unknown {
    if (isStream<GenerationInput>(inputs)) return this.each(inputs, options);
    if (!Array.isArray(inputs) || isChat(inputs))
      return this.all([inputs as GenerationInput], options).then(([output]) => output!);
    return this.all(inputs as GenerationInput[], options);
  }

  protected override async write(
    input: GenerationInput,
    { returnFullText = true, ...options }: TextGenerationOptions,
  ): Promise<GeneratedText[]> {
    const { task, tokenizer } = this;
    if (typeof input !== 'string' && !isChat(input))
      throw new DataError(`${task}: an input must be a string or a list of messages, got ${typeof input}`);
    if (typeof returnFullText !== 'boolean')
      throw new ConfigError(`${task}: returnFullText must be true or false, got ${String(returnFullText)}`, {
        returnFullText,
      });
    const inputIds =
      typeof input === 'string'
        ? await this.encode(input, options)
        : (await tokenizer.applyChatTemplate(input, { addGenerationPrompt: true })).inputIds[0]!;
    const before = tokenizer.decode(inputIds, { skipSpecialTokens: true }).length;
    const rows = await this.generate(inputIds, options);
    return rows.map((row) => {
      const content = tokenizer.decode(row, { skipSpecialTokens: true }).slice(before);
      if (!returnFullText) return { generated_text: content };
      if (typeof input === 'string') return { generated_text: input + content };
      return { generated_text: [...input, { role: 'assistant', content }] };
    });
  }
}

/**
 * Calling a {@link TextGenerationPipeline}: a text or chat gives a list with as many results as `numReturnSequences`, a
 * list gives a list of these, a stream of inputs a stream of them.
 */
export interface TextGenerationPipeline {
  (input: GenerationInput, options?: TextGenerationOptions): Promise<GeneratedText[]>;
  (inputs: readonly GenerationInput[], options?: TextGenerationOptions): Promise<GeneratedText[][]>;
  (
    inputs: AsyncIterable<GenerationInput> | Iterable<GenerationInput>,
    options?: TextGenerationOptions,
  ): AsyncGenerator<GeneratedText[], void, undefined>;
}

/** What `pipeline` needs to know of this task. @internal */
export const textGeneration: PipelineTask<CausalLM, TextGenerationPipeline> = {
  loadModel: (folder, options) => AutoModelForCausalLM.fromPretrained(folder, options),
  Pipeline: TextGenerationPipeline,
};
