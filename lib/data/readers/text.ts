import { ConfigError, type DataError } from '../../util/errors.js';
import { type Found, rowsOf } from './found.js';
import { readLines } from './lines.js';
import {
  type ConvertOptions,
  type DataSource,
  MAX_RECORD,
  type RowChunk,
  type TextReadOptions,
  checkColumns,
  encodingRule,
  lineError,
  textOf,
} from './source.js';

/** What {@link Dataset.fromText} takes. */
export interface TextOptions extends TextReadOptions {
  /** What a row is: a line (the default; empty ones too), a paragraph between empty lines, or the whole file. */
  sampleBy?: 'line' | 'paragraph' | 'document';
}

type Sample = Found<string>;

const WHERE = 'Dataset.fromText';
const COLUMNS = ['text'];

function tooLong(what: string): string {
  return `a ${what} must be under ${MAX_RECORD} characters, got more`;
}

async function* documentOf(source: DataSource, options: TextOptions): AsyncGenerator<Sample[]> {
  let all = '';
  for await (const { text, broken } of textOf(WHERE, source, options)) {
    all += text;
    if (broken.length === 0 && all.length <= MAX_RECORD) continue;
    const line = broken.length === 0 ? 1 : all.slice(0, all.length - text.length + broken[0]!).split('\n').length;
    const rule = broken.length === 0 ? tooLong('document') : encodingRule(options);
    yield [{ value: lineError(source, line, rule), line }];
    return;
  }
  yield [{ value: all, line: 1 }];
}

/** The paragraphs of lines that come one after the other. What is wrong with one is told at once; its rest is passed over. */
class Paragraphs {
  readonly #source: DataSource;
  #lines: string[] = [];
  #characters = 0;
  #first = 0;
  #isTold = false;

  constructor(source: DataSource) {
    this.#source = source;
  }

  /** What a further line completes. */
  add({ value, line }: Sample): Sample | undefined {
    if (typeof value === 'string' && value.trim() === '') return this.end();
    if (this.#isTold) return undefined;
    if (typeof value !== 'string') return this.#tell(value, line);
    this.#characters += value.length;
    if (this.#characters > MAX_RECORD) return this.#tell(lineError(this.#source, line, tooLong('paragraph')), line);
    if (this.#lines.length === 0) this.#first = line;
    this.#lines.push(value);
    return undefined;
  }

  /** The open paragraph; none is open from here on. */
  end(): Sample | undefined {
    const [lines, line] = [this.#lines, this.#first];
    [this.#lines, this.#characters, this.#isTold] = [[], 0, false];
    return lines.length === 0 ? undefined : { value: lines.join('\n'), line };
  }

  #tell(value: DataError, line: number): Sample {
    [this.#lines, this.#isTold] = [[], true];
    return { value, line };
  }
}

async function* paragraphsOf(source: DataSource, options: TextOptions): AsyncGenerator<Sample[]> {
  const paragraphs = new Paragraphs(source);
  for await (const lines of readLines(WHERE, source, options))
    yield lines.map((line) => paragraphs.add(line)).filter((sample) => sample !== undefined);
  const last = paragraphs.end();
  if (last !== undefined) yield [last];
}

function samplesOf(source: DataSource, options: TextOptions): AsyncGenerator<Sample[]> {
  const { sampleBy = 'line' } = options;
  switch (sampleBy) {
    case 'line':
      return readLines(WHERE, source, options);
    case 'paragraph':
      return paragraphsOf(source, options);
    case 'document':
      return documentOf(source, options);
    default:
      throw new ConfigError(`${WHERE}: sampleBy must be line, paragraph or document, got ${String(sampleBy)}`);
  }
}

/**
 * Plain text as rows of one column, `text`.
 * @internal
 */
export async function* readText(source: DataSource, options: TextOptions & ConvertOptions): AsyncGenerator<RowChunk> {
  checkColumns(source, 1, COLUMNS, options.columns ?? []);
  yield { columnNames: COLUMNS, rows: [] };
  const maker = {
    toRow: ({ value: text }: { value: string }) => ({ text }),
    columnNames: () => COLUMNS,
    locate: ({ line }: Sample, told: string) => lineError(source, line, told),
  };
  yield* rowsOf(samplesOf(source, options), maker, options);
}
