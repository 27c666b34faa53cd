/** The decoder of a WordPiece tokenizer.json; null joins tokens with spaces. @internal */
export interface WordPieceDecoder {
  prefix: string;
  cleanup: boolean;
}

/** What tokenization put before English contractions and punctuation, in the order Hugging Face takes it out. */
const CLEAN_UP: readonly (readonly [string, string])[] = [
  [' .', '.'],
  [' ?', '?'],
  [' !', '!'],
  [' ,', ','],
  [" ' ", "'"],
  [" n't", "n't"],
  [" 'm", "'m"],
  [" 's", "'s"],
  [" 've", "'ve"],
  [" 're", "'re"],
];

/**
 * Takes out the spaces before punctuation and English contractions.
 * @internal
 */
export function cleanUpSpaces(text: string): string {
  return CLEAN_UP.reduce((out, [from, to]) => out.replaceAll(from, to), text);
}

/**
 * Joins word pieces: those with the prefix go on the word before them.
 * @internal
 */
export function decodeWordPiece(tokens: readonly string[], decoder: WordPieceDecoder | null): string {
  if (decoder === null) return tokens.join(' ');
  const { prefix, cleanup } = decoder;
  return tokens
    .map((token, i) => {
      const continues = i > 0 && token.startsWith(prefix);
      const text = i === 0 ? token : continues ? token.slice(prefix.length) : ` ${token}`;
      return cleanup ? cleanUpSpaces(text) : text;
    })
    .join('');
}
