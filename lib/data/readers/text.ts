import { ConfigError } from '../../util/errors.js';
import { type Found, rowsOf } from './found.js';
import { readLines } from './lines.js';
import { readParagraphs } from './paragraphs.js';
import {
  type ConvertOptions,
  type DataSource,
  MAX_RECORD,
  type RowChunk,
  type TextReadOptions,
  checkColumns,
  encodingRule,
  lengthRule,
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

async function* documentOf(source: DataSource, options: TextOptions): AsyncGenerator<Sample[]> {
  let all = '';
  for await (const { text, broken } of textOf(WHERE, source, options)) {
    all += text;
    if (broken.length === 0 && all.length <= MAX_RECORD) continue;
    const line = broken.length === 0 ? 1 : all.slice(0, all.length - text.length + broken[0]!).split('\n').length;
    const rule = broken.length === 0 ? lengthRule('document') : encodingRule(options);
    yield [{ value: lineError(source, line, rule), line }];
    return;
  }
  yield [{ value: all, line: 1 }];
}

function samplesOf(source: DataSource, options: TextOptions): AsyncGenerator<Sample[]> {
  const { sampleBy = 'line' } = options;
  switch (sampleBy) {
    case 'line':
      return readLines(WHERE, source, options);
    case 'paragraph':
      return readParagraphs(WHERE, source, options);
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
