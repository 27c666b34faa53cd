import { CsvError, type Info, type Options, type Parser, parse } from 'csv-parse';
import type { DataError } from '../../util/errors.js';
import type { TextPiece } from './decoder.js';
import type { Found } from './found.js';
import { LineSkipper } from './line_skipper.js';
import { MAX_RECORD, PIECE_BYTES } from './source.js';

/** Bytes of the text, and how many stand before them. */
interface Piece {
  start: number;
  bytes: Buffer;
}

/** What faults are told by. */
interface CsvErrors {
  refuse(line: number, rule: string): DataError;
  encodingRule: string;
}

/**
 * The records of a delimited text. Where there is none, as after a stray quote, the first line alone is told of, and
 * reading goes on with the second: what stands within an open quote are records, more often than not. No text is parsed
 * more than twice for that: a line that keeps a record open has an odd number of quotes, those that follow it in the record
 * have even ones, and of such lines each is a record by itself.
 * @internal
 */
export class CsvParser {
  readonly #options: Options;
  readonly #errors: CsvErrors;
  #parser: Parser;
  /** To be parsed; the last one is the next. */
  readonly #queue: Piece[] = [];
  /** What the parser was given from the record under way on. */
  #kept: Piece[] = [];
  /** Where in the text bytes of another encoding stood, once a line, from the record under way on. */
  #broken: number[] = [];
  /** Those of them that stand before the record under way. */
  #passedBroken = 0;
  /** Bytes of the text by now. */
  #length = 0;
  /** Where the parser began, and the record under way. */
  #parserStart = 0;
  #recordStart = 0;
  readonly #lines = new RecordLines();
  /** Passes over a line that is no record. */
  #skipper: LineSkipper | undefined;
  #found: Found<string[]>[] = [];

  constructor(delimiter: string, quote: string | null, errors: CsvErrors) {
    this.#errors = errors;
    // All line ends: the parser's own choice is the first line's, and the others would stay in the fields.
    const ends = { record_delimiter: ['\r\n', '\n', '\r'] };
    const limits = { relax_column_count: true, skip_empty_lines: true, max_record_size: MAX_RECORD };
    this.#options = { delimiter, quote, ...ends, ...limits };
    this.#parser = this.#open();
  }

  /** Records, and what is no record, as they are found in a text. */
  async *records(text: AsyncIterable<TextPiece>): AsyncGenerator<Found<string[]>[]> {
    try {
      for await (const piece of text) {
        this.#enqueue(piece);
        yield* this.#parseQueue();
      }
      do {
        yield* this.#parseQueue();
        await this.#parse((done) => this.#parser.end(done));
        yield this.#take();
      } while (this.#queue.length > 0);
    } finally {
      this.#parser.destroy();
    }
  }

  /** A parser that hands records on as it finds them: a stream's queue would lose those just before an error. */
  #open(): Parser {
    const parser = parse(this.#options);
    parser.push = (record: string[] | null) => {
      if (record !== null) this.#add(record, parser.info);
      return true;
    };
    // The callbacks of write and end give it to us.
    parser.on('error', () => undefined);
    return parser;
  }

  #enqueue({ text, broken }: TextPiece): void {
    const bytes = Buffer.from(text);
    let [at, offset] = [0, this.#length];
    for (const place of broken) {
      const between = text.slice(at, place);
      offset += Buffer.byteLength(between);
      if (at === 0 || /[\r\n]/.test(between)) this.#broken.push(offset);
      at = place;
    }
    this.#queue.push({ start: this.#length, bytes });
    this.#length += bytes.length;
  }

  async *#parseQueue(): AsyncGenerator<Found<string[]>[]> {
    for (let piece = this.#queue.pop(); piece !== undefined; piece = this.#queue.pop()) {
      const rest = this.#behindSkipped(piece);
      if (rest === undefined) continue;
      this.#kept.push(rest);
      await this.#parse((done) => this.#parser.write(rest.bytes, done));
      yield this.#take();
    }
  }

  /** What of a piece does not belong to a line that is passed over. */
  #behindSkipped(piece: Piece): Piece | undefined {
    if (this.#skipper === undefined) return piece;
    const skipped = this.#skipper.skip(piece.bytes);
    this.#parserStart = this.#recordStart = piece.start + (skipped ?? piece.bytes.length);
    this.#forget();
    if (skipped === undefined) return undefined;
    this.#skipper = undefined;
    return { start: this.#parserStart, bytes: piece.bytes.subarray(skipped) };
  }

  async #parse(start: (done: (error?: Error | null) => void) => unknown): Promise<void> {
    try {
      await new Promise<void>((resolve, reject) => {
        start((error) => (error ? reject(error) : resolve()));
      });
      this.#forget();
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      this.#passOver(error);
    }
  }

  #add(record: string[], info: Info): void {
    const line = this.#lines.add(record, info);
    this.#recordStart = this.#parserStart + info.bytes;
    const isBroken = this.#broken[this.#passedBroken]! < this.#recordStart;
    while (this.#broken[this.#passedBroken]! < this.#recordStart) this.#passedBroken += 1;
    const value = isBroken ? this.#errors.refuse(line, this.#errors.encodingRule) : record;
    this.#found.push({ value, line });
  }

  #take(): Found<string[]>[] {
    const found = this.#found;
    this.#found = [];
    return found;
  }

  /** Lets go of what stands before the record under way. */
  #forget(): void {
    const start = this.#recordStart;
    const passed = this.#kept.findIndex((piece) => piece.start + piece.bytes.length > start);
    this.#kept.splice(0, passed < 0 ? this.#kept.length : passed);
    while (this.#broken[this.#passedBroken]! < start) this.#passedBroken += 1;
    this.#broken.splice(0, this.#passedBroken);
    this.#passedBroken = 0;
  }

  /** Tells of the line that begins the record under way; all that stands behind it is parsed anew. */
  #passOver(error: CsvError): void {
    this.#forget();
    const info = error as CsvError & Info;
    const line = this.#lines.first(info);
    const rest = this.#takeKept();
    const lineEnd = this.#recordStart + (new LineSkipper().skip(rest) ?? rest.length);
    const isBroken = this.#broken[0]! < lineEnd;
    const rule = isBroken ? this.#errors.encodingRule : ruleOf(error, this.#lines.isBehindFirst(info));
    this.#found.push({ value: this.#errors.refuse(line, rule), line });
    this.#enqueueFirst(rest);
    this.#skipper = new LineSkipper();
    this.#lines.restart(line);
    this.#parser.destroy();
    this.#parser = this.#open();
  }

  /** What the parser was given behind the last record. */
  #takeKept(): Buffer {
    const first = this.#kept[0]?.start ?? this.#recordStart;
    const all = Buffer.concat(this.#kept.map(({ bytes }) => bytes)).subarray(this.#recordStart - first);
    this.#kept = [];
    return all;
  }

  /** Puts what stands behind the last record before all else that is to be parsed. */
  #enqueueFirst(bytes: Buffer): void {
    const pieces: Piece[] = [];
    for (let at = 0; at < bytes.length; at += PIECE_BYTES)
      pieces.push({ start: this.#recordStart + at, bytes: bytes.subarray(at, at + PIECE_BYTES) });
    this.#queue.push(...pieces.reverse());
  }
}

/** Lines of records in a whole text: a parser knows those where its records end, users want the first. */
class RecordLines {
  /** Lines before the parser began. */
  #before = 0;
  #lastLine = 0;
  #emptyLines = 0;
  /** Line ends that the parser counted twice: CRLF within quotes. */
  #countedTwice = 0;

  /** The line where the record after the last one begins. */
  first(info: Info): number {
    return this.#before + this.#lastLine + 1 + info.empty_lines - this.#emptyLines - this.#countedTwice;
  }

  /** Whether the parser is behind the line where the record after the last one begins. */
  isBehindFirst(info: Info): boolean {
    return info.lines > this.#lastLine + 1 + info.empty_lines - this.#emptyLines;
  }

  /** Counts a further record. @returns the line where it begins */
  add(record: readonly string[], info: Info): number {
    const line = this.first(info);
    if (info.lines > this.#lastLine + 1)
      for (const field of record) this.#countedTwice += field.split('\r\n').length - 1;
    this.#lastLine = info.lines;
    this.#emptyLines = info.empty_lines;
    return line;
  }

  /** For a new parser, behind a line. */
  restart(line: number): void {
    this.#before = line;
    this.#lastLine = this.#emptyLines = this.#countedTwice = 0;
  }
}

/** What is wrong, in our words. */
function ruleOf(error: CsvError, isBehindFirst: boolean): string {
  const place = isBehindFirst ? ' in a later line: is a quote left open?' : '';
  switch (error.code) {
    case 'CSV_QUOTE_NOT_CLOSED':
      return 'a quoted field must be closed, got the end of the file';
    case 'CSV_MAX_RECORD_SIZE':
      return `a record must be under ${MAX_RECORD} bytes, got more: is a quote left open?`;
    case 'INVALID_OPENING_QUOTE':
      return `a field with quotes in it must be quoted itself (option quote), got a quote inside a plain field${place}`;
    case 'CSV_INVALID_CLOSING_QUOTE':
      return `a closing quote must end its field, got more text after it${place}`;
    default:
      return `the file must be valid CSV, got ${error.message}`;
  }
}
