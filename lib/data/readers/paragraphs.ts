import type { DataError } from '../../util/errors.js';
import type { Found } from './found.js';
import { readLines } from './lines.js';
import { type DataSource, MAX_RECORD, type TextReadOptions, lengthRule, lineError } from './source.js';

/** What ends paragraphs, and what they are. @internal */
export interface ParagraphKind {
  /** What one is called, for errors. */
  what: string;
  /** Longest one, in UTF-16 units. */
  limit: number;
  /** Whether a line stands between two of them. */
  isBreak(line: string): boolean;
}

/** Paragraphs as texts have them: between empty lines. @internal */
export const PARAGRAPHS: ParagraphKind = {
  what: 'paragraph',
  limit: MAX_RECORD,
  isBreak: (line) => line.trim() === '',
};

/** The paragraphs of lines that come one after the other. What is wrong with one is told at once; its rest is passed over. */
class Paragraphs {
  readonly #source: DataSource;
  readonly #kind: ParagraphKind;
  #lines: string[] = [];
  #characters = 0;
  #first = 0;
  #isTold = false;

  constructor(source: DataSource, kind: ParagraphKind) {
    this.#source = source;
    this.#kind = kind;
  }

  /** What a further line completes. */
  add({ value, line }: Found<string>): Found<string> | undefined {
    if (typeof value === 'string' && this.#kind.isBreak(value)) return this.end();
    if (this.#isTold) return undefined;
    if (typeof value !== 'string') return this.#tell(value, line);
    const { what, limit } = this.#kind;
    this.#characters += value.length;
    if (this.#characters > limit) return this.#tell(lineError(this.#source, line, lengthRule(what, limit)), line);
    if (this.#lines.length === 0) this.#first = line;
    this.#lines.push(value);
    return undefined;
  }

  /** The open paragraph; none is open from here on. */
  end(): Found<string> | undefined {
    const [lines, line] = [this.#lines, this.#first];
    [this.#lines, this.#characters, this.#isTold] = [[], 0, false];
    return lines.length === 0 ? undefined : { value: lines.join('\n'), line };
  }

  #tell(value: DataError, line: number): Found<string> {
    [this.#lines, this.#isTold] = [[], true];
    return { value, line };
  }
}

/**
 * The paragraphs of a text, their lines joined by line feeds.
 * @internal
 */
export async function* readParagraphs(
  where: string,
  source: DataSource,
  options: TextReadOptions,
  kind: ParagraphKind = PARAGRAPHS,
): AsyncGenerator<Found<string>[]> {
  const paragraphs = new Paragraphs(source, kind);
  for await (const lines of readLines(where, source, options))
    yield lines.map((line) => paragraphs.add(line)).filter((paragraph) => paragraph !== undefined);
  const last = paragraphs.end();
  if (last !== undefined) yield [last];
}
