import type { TokenDecoder } from './options.js';

/** A character is at most so many tokens. */
const TOKENS_PER_CHARACTER = 4;

/** Whether the last token completes one of the texts. @param prompt tokens that were given @internal */
export function endsWithStop(
  tokens: readonly number[],
  stops: readonly string[],
  tokenizer: TokenDecoder,
  prompt: number,
): boolean {
  if (tokens.length <= prompt) return false;
  const longest = Math.max(...stops.map((stop) => stop.length));
  const tail = tokens.slice(-(longest + 1) * TOKENS_PER_CHARACTER);
  const text = tokenizer.decode(tail);
  const before = tokenizer.decode(tail.slice(0, -1)).length;
  return stops.some((stop) => {
    const at = text.lastIndexOf(stop);
    return at >= 0 && at + stop.length > before;
  });
}
