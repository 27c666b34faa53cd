import { TokenizerError } from '../util/errors.js';

/**
 * A list of texts; a single one is a list of one.
 * @throws {TokenizerError} It holds anything else; the text names the index.
 * @internal
 */
export function textsOf(name: string, texts: unknown): readonly string[] {
  if (typeof texts === 'string') return [texts];
  if (!Array.isArray(texts)) {
    const got = texts === null ? 'null' : typeof texts;
    throw new TokenizerError(`tokenizer: ${name} must be a string or an array of strings, got ${got}`, { name });
  }
  const index = texts.findIndex((text) => typeof text !== 'string');
  if (index < 0) return texts as readonly string[];
  const got = texts[index] === null ? 'null' : typeof texts[index];
  throw new TokenizerError(`tokenizer: ${name} must hold strings only, got ${got} at index ${index}`, { name, index });
}

/**
 * Texts that go with others, one for each.
 * @throws {TokenizerError} As {@link textsOf}, or there are more or less of them.
 * @internal
 */
export function matchingTextsOf(name: string, given: unknown, texts: readonly string[]): readonly string[] | undefined {
  if (given === undefined) return undefined;
  const own = textsOf(name, given);
  if (own.length === texts.length) return own;
  const got = { [name]: own.length, texts: texts.length };
  throw new TokenizerError(
    `tokenizer: ${name} must have one entry per text, got ${own.length} for ${texts.length}`,
    got,
  );
}

/**
 * Texts short enough for the caller's thread.
 * @throws {TokenizerError} One is no string, or they are longer than `most` characters together.
 * @internal
 */
export function checkShortTexts(text: unknown, textPair: unknown, most: number): void {
  const characters = [text, textPair].reduce<number>((sum, part, i) => {
    if (i === 1 && part === undefined) return sum;
    return sum + textsOf(i === 0 ? 'text' : 'textPair', [part])[0]!.length;
  }, 0);
  if (characters <= most) return;
  throw new TokenizerError(
    `tokenizer: encode takes at most ${most} characters (encodeBatch takes any number), got ${characters}`,
    { characters, most },
  );
}
