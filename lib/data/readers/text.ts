import { ConfigError } from '../../util/errors.js';
import { readLines } from './lines.js';
import {
  type DataSource,
  MAX_RECORD,
  type RowChunk,
  type TextReadOptions,
  checkColumns,
  lineError,
  textOf,
} from './source.js';

/** What {@link Dataset.fromText} takes. */
export interface TextOptions extends TextReadOptions {
  /** What a row is: a line (the default; empty ones too), a paragraph between empty lines, or the whole file. */
  sampleBy?: 'line' | 'paragraph' | 'document';
}

const WHERE = 'Dataset.fromText';
const COLUMNS = ['text'];

async function* documentOf(source: DataSource, options: TextOptions): AsyncGenerator<string[]> {
  let text = '';
  for await (const piece of textOf(WHERE, source, options.encoding)) {
    text += piece;
    if (text.length > MAX_RECORD)
      throw lineError(source, 1, `a document must be under ${MAX_RECORD} characters, got more`);
  }
  yield [text];
}

async function* paragraphsOf(source: DataSource, options: TextOptions): AsyncGenerator<string[]> {
  let open: string[] = [];
  let characters = 0;
  let line = 0;
  for await (const lines of readLines(WHERE, source, options)) {
    const whole: string[] = [];
    for (const text of lines) {
      line += 1;
      characters += text.length;
      if (characters > MAX_RECORD)
        throw lineError(source, line, `a paragraph must be under ${MAX_RECORD} characters, got more`);
      if (text.trim() !== '') {
        open.push(text);
        continue;
      }
      if (open.length > 0) whole.push(open.join('\n'));
      open = [];
      characters = 0;
    }
    yield whole;
  }
  if (open.length > 0) yield [open.join('\n')];
}

function samplesOf(source: DataSource, options: TextOptions): AsyncGenerator<string[]> {
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
export async function* readText(source: DataSource, options: TextOptions): AsyncGenerator<RowChunk> {
  checkColumns(source, 1, COLUMNS, options.columns ?? []);
  yield { columnNames: COLUMNS, rows: [] };
  for await (const texts of samplesOf(source, options))
    yield { columnNames: COLUMNS, rows: texts.map((text) => ({ text })) };
}
