import type { FlatRows } from './encoding.js';

/** Which sequence gives way; the numbers are those of native/text/truncation.h. @internal */
export const TRUNCATION = { none: 0, longestFirst: 1, onlyFirst: 2, onlySecond: 3 } as const;

/** What an encoder is asked for; every value checked and resolved. @internal */
export interface CodecOptions {
  addSpecialTokens: boolean;
  truncation: (typeof TRUNCATION)[keyof typeof TRUNCATION];
  truncateLeft: boolean;
  /** With special tokens; read when truncation is on. */
  maxLength: number;
  offsets: boolean;
  specialMask: boolean;
  words: boolean;
  /** What truncation drops becomes rows of its own. */
  overflow: boolean;
  /** Tokens that such a row repeats. */
  stride: number;
  /** The id that stands where the template has a language. */
  language: number;
}

/** Turns text into rows of ids and back: the native encoder or the pure JavaScript one. @internal */
export interface Codec {
  /** One row on the caller's thread; short texts only. The arrays are good until the next call. */
  encodeSync(text: string, pair: string | undefined, options: CodecOptions): FlatRows;
  /** Rows of some texts on another thread. */
  encode(
    texts: readonly string[],
    pairs: readonly string[] | undefined,
    options: CodecOptions,
    signal?: AbortSignal,
  ): Promise<FlatRows>;
  /** The text of tokens, special ones already taken out. */
  decode(tokens: readonly string[]): string;
  /** Ends its threads, if it has any. */
  dispose(): void;
}
