/**
 * A list of words as one text with spaces between: tokenizers cut at those, so that the tokens are those of the words one
 * by one (Python's `is_split_into_words`).
 * @internal
 */
export class JoinedWords {
  readonly text: string;
  /** Where each word ends in the text. */
  readonly #ends: Int32Array;

  constructor(words: readonly string[]) {
    this.text = words.join(' ');
    let end = -1;
    this.#ends = Int32Array.from(words, ({ length }) => (end += length + 1));
  }

  /**
   * The word of each token; -1 for special ones.
   * @param offsets two numbers a token
   * @param isSpecial 1 for tokens that the template added
   */
  wordsOf(offsets: Int32Array, isSpecial: Int32Array): Int32Array {
    const ends = this.#ends;
    let word = 0;
    return isSpecial.map((special, t) => {
      if (special === 1) return -1;
      // A token may begin with the space before its word, and hold nothing else: its last character tells.
      const last = Math.max(offsets[2 * t]!, offsets[2 * t + 1]! - 1);
      while (word < ends.length - 1 && last >= ends[word]!) word += 1;
      return word;
    });
  }
}
