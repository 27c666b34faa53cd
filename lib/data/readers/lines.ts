import type { DataError } from '../../util/errors.js';
import type { TextPiece } from './decoder.js';
import type { Found } from './found.js';
import {
  type DataSource,
  MAX_RECORD,
  type TextReadOptions,
  encodingRule,
  lengthRule,
  lineError,
  textOf,
} from './source.js';

/**
 * The lines of a text, some at a time, without line feed and carriage return. Only line feeds end a line: the other
 * separators of Unicode may stand inside JSON strings. What follows the last line feed is a line unless it is empty. A line
 * of another encoding, or longer than any record may be, is told of as soon as that is known, and passed over.
 * @internal
 */
export async function* readLines(
  where: string,
  source: DataSource,
  options: TextReadOptions,
): AsyncGenerator<Found<string>[]> {
  const cutter = new LineCutter((line, rule) => lineError(source, line, rule), encodingRule(options));
  for await (const piece of textOf(where, source, options)) {
    const lines = cutter.push(piece);
    if (lines.length > 0) yield lines;
  }
  const last = cutter.end();
  if (last !== undefined) yield [last];
}

/** Cuts pieces of a text into lines. */
class LineCutter {
  readonly #refuse: (line: number, rule: string) => DataError;
  readonly #encodingRule: string;
  /** Of the open line, which counts from 1: its text so far, and whether it was told of already. */
  #line = 1;
  #rest = '';
  #isTold = false;

  constructor(refuse: (line: number, rule: string) => DataError, encodingRule: string) {
    this.#refuse = refuse;
    this.#encodingRule = encodingRule;
  }

  push({ text, broken }: TextPiece): Found<string>[] {
    const lines: Found<string>[] = [];
    let next = 0;
    for (let start = 0; ;) {
      const found = text.indexOf('\n', start);
      const end = found < 0 ? text.length : found;
      const isBroken = next < broken.length && broken[next]! < end;
      while (broken[next]! < end) next += 1;
      const fault = this.#extend(text.slice(start, end), isBroken);
      if (fault !== undefined) lines.push(fault);
      if (found < 0) return lines;
      const line = this.#close();
      if (line !== undefined) lines.push(line);
      start = found + 1;
    }
  }

  /** The last line, unless it is empty. */
  end(): Found<string> | undefined {
    return this.#rest === '' ? undefined : this.#close();
  }

  #extend(text: string, isBroken: boolean): Found<string> | undefined {
    if (this.#isTold) return undefined;
    this.#rest += text;
    const isLong = this.#rest.length > MAX_RECORD;
    if (!isBroken && !isLong) return undefined;
    this.#isTold = true;
    this.#rest = '';
    const rule = isBroken ? this.#encodingRule : lengthRule('line');
    return { value: this.#refuse(this.#line, rule), line: this.#line };
  }

  /** The open line, if it was not told of; the next one begins. */
  #close(): Found<string> | undefined {
    const [text, line, isTold] = [this.#rest, this.#line, this.#isTold];
    this.#line += 1;
    this.#rest = '';
    this.#isTold = false;
    if (isTold) return undefined;
    return { value: text.endsWith('\r') ? text.slice(0, -1) : text, line };
  }
}
