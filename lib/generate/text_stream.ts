import type { TokenDecoder } from './options.js';

/** Where a character's bytes are not all there, decoders write this. */
const UNFINISHED = '\uFFFD';
/** Tokens of a prompt behind which the first new one is decoded: it may begin with a space that no text begins with. */
const KEPT = 8;
/** Tokens after which what looks unfinished is taken to be so: the longest character in bytes. */
const MOST_UNFINISHED = 4;

/**
 * Text from tokens as they come: whole characters only. The pieces together are the text of all tokens.
 *
 * @example
 * ```ts
 * import { TextStream, trainWordPiece } from 'gridstride';
 * const tokenizer = await trainWordPiece(['the cat sat on the mat'], { vocabSize: 60, minFrequency: 1 });
 * const stream = new TextStream(tokenizer);
 * const { inputIds } = tokenizer.encode('the cat sat', { addSpecialTokens: false });
 * console.log(inputIds.map((id) => stream.push(id)).join('') + stream.end()); // the cat sat
 * ```
 */
export class TextStream {
  readonly #tokenizer: TokenDecoder;
  readonly #skipSpecialTokens: boolean;
  /** Tokens that were shown, kept for what follows to be decoded behind them, and those that were not. */
  #shown: number[] = [];
  #pending: number[] = [];

  /** @param options.after tokens that stand before the first one, such as a prompt's */
  constructor(tokenizer: TokenDecoder, options: { skipSpecialTokens?: boolean; after?: readonly number[] } = {}) {
    this.#tokenizer = tokenizer;
    this.#shown = options.after?.slice(-KEPT) ?? [];
    this.#skipSpecialTokens = options.skipSpecialTokens ?? true;
  }

  /** Takes in a token. @returns the text that is certain now */
  push(token: number): string {
    this.#pending.push(token);
    const text = this.#rest();
    const isWhole = !text.endsWith(UNFINISHED) || this.#pending.length > MOST_UNFINISHED;
    return isWhole ? this.#show(text) : '';
  }

  /** The rest, whole or not. */
  end(): string {
    return this.#show(this.#rest());
  }

  #rest(): string {
    const before = this.#decode(this.#shown);
    return this.#decode([...this.#shown, ...this.#pending]).slice(before.length);
  }

  #show(text: string): string {
    if (text === '') return '';
    this.#shown = this.#pending;
    this.#pending = [];
    return text;
  }

  #decode(ids: readonly number[]): string {
    return ids.length === 0 ? '' : this.#tokenizer.decode(ids, { skipSpecialTokens: this.#skipSpecialTokens });
  }
}
