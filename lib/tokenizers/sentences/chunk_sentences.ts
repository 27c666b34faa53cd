import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { LoopPacer } from '../../util/yield.js';
import type { PreTrainedTokenizer } from '../tokenizer.js';
import { type Granularity, segmentsOf, type TextSpan } from './segments.js';
import { checkText, type SentenceOptions } from './split_sentences.js';

/** Options of {@link chunkSentences}. */
export interface ChunkOptions extends SentenceOptions {
  /** Most tokens of a chunk, special ones included; the tokenizer's `modelMaxLength` by default. */
  maxLength?: number | undefined;
  /** Ends the call with an AbortError. */
  signal?: AbortSignal | undefined;
}

/** Sentences of a text that follow one another. */
export interface TextChunk extends TextSpan {
  /** Tokens of it, special ones included. */
  tokens: number;
}

/** A stretch that is not to be cut, and its own tokens. */
interface Unit {
  readonly start: number;
  readonly end: number;
  readonly tokens: number;
}

const FINER: Readonly<Record<Granularity, Granularity | undefined>> = {
  sentence: 'word',
  word: 'grapheme',
  grapheme: 'codePoint',
  codePoint: undefined,
};

/** One text that is being cut. */
class Chunking {
  readonly #pacer: LoopPacer;

  /** @param room tokens of a chunk beside the special ones */
  constructor(
    readonly tokenizer: PreTrainedTokenizer,
    readonly text: string,
    readonly room: number,
    readonly options: ChunkOptions,
  ) {
    this.#pacer = new LoopPacer('chunkSentences', { signal: options.signal });
  }

  /** What may not be cut: segments of a part of the text, those that are too long cut more finely. */
  async units(granularity: Granularity, start = 0, end = this.text.length): Promise<Unit[]> {
    const spans: TextSpan[] = [];
    for (const span of segmentsOf(this.text, granularity, { locale: this.options.locale, start, end })) {
      spans.push(span);
      if (this.#pacer.isDue()) await this.#pacer.pause();
    }
    const counts = await this.count(spans, false);
    const units: Unit[] = [];
    for (const [i, span] of spans.entries()) {
      const finer = FINER[granularity];
      if (counts[i]! <= this.room) units.push({ start: span.start, end: span.end, tokens: counts[i]! });
      else if (finer !== undefined) units.push(...(await this.units(finer, span.start, span.end)));
      else
        throw new ConfigError(
          `chunkSentences: maxLength must leave room for "${span.text}", got ${this.room} beside special tokens`,
        );
    }
    return units;
  }

  /** Tokens of each text. */
  async count(spans: readonly { start: number; end: number }[], addSpecialTokens: boolean): Promise<number[]> {
    const texts = spans.map(({ start, end }) => this.text.slice(start, end));
    const { inputIds } = await this.tokenizer.encodeBatch(texts, {
      addSpecialTokens,
      truncation: false,
      returnAttentionMask: false,
      typedArrays: true,
      signal: this.options.signal,
    });
    return inputIds.map((ids) => ids.length);
  }

  /** Units one after another, as many together as there is room for. */
  pack(units: readonly Unit[]): Unit[][] {
    const groups: Unit[][] = [];
    let left = 0;
    for (const unit of units) {
      if (groups.length === 0 || unit.tokens > left) {
        groups.push([]);
        left = this.room;
      }
      groups.at(-1)!.push(unit);
      left -= unit.tokens;
    }
    return groups;
  }
}

/**
 * Cuts a text into chunks of whole sentences that each fit a model: as many sentences in a chunk as there is room for. A
 * sentence that is too long by itself is cut between words, a word between characters. Runs on the engine's threads.
 *
 * @returns The chunks in order, with their places in UTF-16 units (`text.slice(start, end)`); between them lies white space
 * alone. None for a text without a character.
 * @throws {ConfigError} `maxLength` is absent or leaves no room, the locale is none, or an option is unknown.
 * @throws {TokenizerError} The text is no string.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { chunkSentences, trainWordPiece } from 'gridstride';
 * const text = 'It rains. Does it? It does!';
 * const tokenizer = await trainWordPiece([text], { vocabSize: 60, minFrequency: 1 });
 * const chunks = await chunkSentences(tokenizer, text, { maxLength: 8, locale: 'en' });
 * console.log(chunks.map((chunk) => chunk.text)); // [ 'It rains. Does it?', 'It does!' ]
 * ```
 */
export async function chunkSentences(
  tokenizer: PreTrainedTokenizer,
  text: string,
  options: ChunkOptions = {},
): Promise<TextChunk[]> {
  checkOptionNames('chunkSentences', options, ['maxLength', 'locale', 'signal']);
  checkText('chunkSentences', text);
  const maxLength = options.maxLength ?? tokenizer.modelMaxLength;
  const [special] = (await tokenizer.encodeBatch([''], { truncation: false })).inputIds.map((ids) => ids.length);
  if (maxLength === undefined || !Number.isInteger(maxLength) || maxLength <= special!) {
    const rule = `maxLength must be an integer above the ${special} special tokens`;
    throw new ConfigError(`chunkSentences: ${rule}, got ${String(maxLength)}`, { maxLength, special });
  }
  const chunking = new Chunking(tokenizer, text, maxLength - special!, options);
  let groups = chunking.pack(await chunking.units('sentence'));
  const chunks: TextChunk[] = [];
  // A tokenizer may make more tokens of sentences together than of each by itself: then fewer of them go together.
  while (groups.length > 0) {
    const spans = groups.map((group) => ({ start: group[0]!.start, end: group.at(-1)!.end }));
    const counts = await chunking.count(spans, true);
    const again: Unit[][] = [];
    for (const [i, { start, end }] of spans.entries()) {
      const group = groups[i]!;
      const half = Math.ceil(group.length / 2);
      if (counts[i]! <= maxLength || group.length === 1)
        chunks.push({ text: text.slice(start, end), start, end, tokens: counts[i]! });
      else again.push(group.slice(0, half), group.slice(half));
    }
    groups = again;
  }
  return chunks.sort((a, b) => a.start - b.start);
}
