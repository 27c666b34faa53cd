import { ConfigError } from '../util/errors.js';
import type { GenerationCall } from './call.js';
import { type Generation, startCall } from './generate.js';
import type { Prompt } from './model.js';
import { type GenerateOptions, settingsOf } from './options.js';
import { TextStream } from './text_stream.js';

/** A token as it was written. */
export interface GeneratedToken {
  /** Which row of the call it is of. */
  row: number;
  token: number;
  /** With a tokenizer: the whole characters that are certain with this token; special tokens have none. */
  text: string;
  /** Whether it is the row's last. */
  isLast: boolean;
}

/** A call's tokens in the order they were written, kept until they are asked for. */
class TokenQueue {
  readonly #tokens: GeneratedToken[] = [];
  #wake: () => void = () => {};

  put(token: GeneratedToken): void {
    this.#tokens.push(token);
    this.#wake();
  }

  /** All tokens until the call is done. @throws with what the call failed with */
  async *read(call: GenerationCall): AsyncGenerator<GeneratedToken, void, undefined> {
    for (;;) {
      yield* this.#tokens.splice(0);
      if (this.#tokens.length > 0) continue;
      if (call.isOver) break;
      const more = new Promise<void>((resolve) => (this.#wake = resolve));
      await Promise.race([more, call.done]);
    }
    await call.done;
  }
}

/**
 * Writes on from prompts, a token at a time; who ends the iteration ends the call.
 * @throws as `generate`; ConfigError for beam search, whose rows are known at the end alone
 * @internal
 */
export async function* streamTokens(
  generation: Generation,
  prompts: readonly Prompt[],
  options: GenerateOptions,
): AsyncGenerator<GeneratedToken, void, undefined> {
  const where = `${generation.model.architecture}.generateStream`;
  const settings = settingsOf(generation.model, options);
  const { numBeams, tokenizer } = settings;
  if (numBeams > 1)
    throw new ConfigError(`${where}: beam search has nothing to stream, got numBeams ${numBeams}`, { numBeams });
  const queue = new TokenQueue();
  const texts = new Map<number, TextStream>();
  const copies = settings.numReturnSequences;
  // What encoder-decoders begin with is no text.
  const promptOf = (row: number): readonly number[] => prompts[Math.floor(row / copies)]!.tokens;
  const textOf = (row: number, token: number, isLast: boolean): string => {
    if (tokenizer === undefined) return '';
    const stream = texts.get(row) ?? new TextStream(tokenizer, { after: promptOf(row) });
    texts.set(row, stream);
    return stream.push(token) + (isLast ? stream.end() : '');
  };
  const call = startCall(generation, prompts, settings, (row, token, isLast) =>
    queue.put({ row, token, text: textOf(row, token, isLast), isLast }),
  );
  try {
    yield* queue.read(call);
  } finally {
    call.cancel();
  }
}
