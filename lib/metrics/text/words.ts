/** What Python's `str.split` splits at; it differs from JavaScript's `\s` in a few control characters. */
const SPACES = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000';
const WORDS = new RegExp(`[^${SPACES}]+`, 'g');
const SPACE = new RegExp(`[${SPACES}]`);

/** The words between white space, as Python's `text.split()` gives them. @internal */
export function wordsOf(text: string): string[] {
  return text.match(WORDS) ?? [];
}

/** A text without white space at its end, as Python's `text.rstrip()`. @internal */
export function trimmedEnd(text: string): string {
  let end = text.length;
  while (end > 0 && SPACE.test(text[end - 1]!)) end -= 1;
  return text.slice(0, end);
}
