import { ConfigError } from '../../util/errors.js';

/** A stretch of a text. */
export interface TextSpan {
  /** `text.slice(start, end)` of the whole. */
  text: string;
  /** First UTF-16 unit. */
  start: number;
  /** One past the last UTF-16 unit. */
  end: number;
}

/** What a text may be cut into, by Unicode's rules (UAX 29); code points where even a grapheme is too long. @internal */
export type Granularity = 'sentence' | 'word' | 'grapheme' | 'codePoint';

/** Units that are segmented at a time: the time of `Intl.Segmenter` grows with the square of a text's length. */
const WINDOW = 2048;
/** What ends so near to a window's end may go on behind it. */
const MARGIN = 512;

function segmenterOf(granularity: Exclude<Granularity, 'codePoint'>, locale: string | undefined): Intl.Segmenter {
  try {
    return new Intl.Segmenter(locale, { granularity });
  } catch (error) {
    const text = `splitSentences: locale must be a language tag such as "en" or "pt-BR", got ${String(locale)}`;
    throw new ConfigError(text, { locale }, { cause: error });
  }
}

function* pieces(text: string, granularity: Granularity, locale: string | undefined): Generator<[number, number]> {
  if (granularity === 'codePoint') {
    let start = 0;
    for (const point of text) yield [start, (start += point.length)];
    return;
  }
  const segmenter = segmenterOf(granularity, locale);
  let [from, size] = [0, WINDOW];
  while (from < text.length) {
    const isLast = from + size >= text.length;
    let taken = 0;
    for (const { index, segment } of segmenter.segment(text.slice(from, from + size))) {
      const end = index + segment.length;
      if (!isLast && end > size - MARGIN) break;
      yield [from + index, from + end];
      taken = end;
    }
    // A segment longer than the window: a longer one.
    size = taken === 0 ? 2 * size : WINDOW;
    from += taken;
  }
}

/**
 * The segments of a part of a text one by one, without the white space around them; a segment of nothing else is left out.
 * @param locale A language tag, the system's language by default.
 * @throws {ConfigError} The locale is none.
 * @internal
 */
export function* segmentsOf(
  text: string,
  granularity: Granularity,
  { locale, start = 0, end = text.length }: { locale?: string | undefined; start?: number; end?: number } = {},
): Generator<TextSpan> {
  for (const [from, to] of pieces(text.slice(start, end), granularity, locale)) {
    const segment = text.slice(start + from, start + to);
    const trimmed = segment.trim();
    if (trimmed === '') continue;
    const begin = start + from + segment.indexOf(trimmed);
    yield { text: trimmed, start: begin, end: begin + trimmed.length };
  }
}
