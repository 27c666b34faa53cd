import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import { type Found, type RowMaker, rowsOf } from './found.js';
import { type ParagraphKind, readParagraphs } from './paragraphs.js';
import {
  type ConvertOptions,
  type DataRow,
  type DataSource,
  type RowChunk,
  type TextReadOptions,
  checkColumns,
  lineError,
} from './source.js';

/** A sentence of a CoNLL file: words and the tag of each. */
export interface TaggedSentence {
  tokens: string[];
  tags: string[];
}

/** What {@link Dataset.fromConll} takes. */
export interface ConllOptions extends TextReadOptions {
  /** Between the columns of a line; any number of spaces and tabs by default. */
  delimiter?: string;
  /** The column of the words, from 1; the first one by default. */
  tokenColumn?: number;
  /** The column of the tags, from 1; the last one by default. */
  tagColumn?: number;
  /** What lines begin with that are comments, such as `#`; there are none by default, as words may begin with anything. */
  comment?: string;
}

const WHERE = 'Dataset.fromConll';
const COLUMNS = ['tokens', 'tags'];

/** Sentences lie between empty lines; a line that begins a document is no part of one. */
const SENTENCES: ParagraphKind = {
  what: 'sentence',
  // Far beyond any sentence, and cut into columns in a few milliseconds.
  limit: 1 << 18,
  isBreak: (line) => line.trim() === '' || line.startsWith('-DOCSTART-'),
};

function checkOptions({ delimiter, comment, tokenColumn = 1, tagColumn = 1 }: ConllOptions): void {
  for (const [name, value] of Object.entries({ delimiter, comment }))
    if (value === '') throw new ConfigError(`${WHERE}: ${name} must not be empty, got ""`);
  for (const [name, value] of Object.entries({ tokenColumn, tagColumn }))
    if (!Number.isSafeInteger(value) || value < 1)
      throw new ConfigError(`${WHERE}: ${name} must be an integer from 1, got ${shown(value)}`);
}

/** Makes rows of sentences, all of whose lines must have as many columns as the file's first. */
class ConllRows implements RowMaker<string> {
  readonly #source: DataSource;
  readonly #options: ConllOptions;
  readonly #columns: readonly string[];
  #width: number | undefined;

  constructor(source: DataSource, options: ConllOptions) {
    this.#source = source;
    this.#options = options;
    this.#columns = options.columns ?? COLUMNS;
    checkColumns(source, 1, COLUMNS, this.#columns);
  }

  columnNames(): readonly string[] {
    return this.#columns;
  }

  toRow({ value, line }: Found<string> & { value: string }): DataRow {
    const sentence: TaggedSentence = { tokens: [], tags: [] };
    for (const [i, text] of value.split('\n').entries()) {
      if (this.isComment(text)) continue;
      const fields = this.#fieldsOf(text);
      this.#checkWidth(fields.length, line + i);
      const { tokenColumn = 1, tagColumn = fields.length } = this.#options;
      const [token, tag] = [fields[tokenColumn - 1]!, fields[tagColumn - 1]!];
      if (token === '' || (tag === '' && this.#hasTags()))
        throw lineError(this.#source, line + i, `a ${token === '' ? 'word' : 'tag'} must not be empty, got ""`);
      sentence.tokens.push(token);
      sentence.tags.push(tag);
    }
    return Object.fromEntries(this.#columns.map((name) => [name, sentence[name as keyof TaggedSentence]]));
  }

  locate({ line }: Found<string>, text: string): DataError {
    return lineError(this.#source, line, text);
  }

  isComment(line: string): boolean {
    const { comment } = this.#options;
    return comment !== undefined && line.startsWith(comment);
  }

  #hasTags(): boolean {
    return this.#columns.includes('tags');
  }

  #fieldsOf(line: string): string[] {
    const { delimiter } = this.#options;
    return delimiter === undefined ? (line.match(/[^ \t]+/g) ?? []) : line.split(delimiter);
  }

  /** @throws {DataError} The line has another number of columns than those before it, or too few. */
  #checkWidth(width: number, line: number): void {
    const { tokenColumn = 1, tagColumn = tokenColumn + 1 } = this.#options;
    const least = Math.max(tokenColumn, this.#hasTags() ? tagColumn : 1);
    const wanted = this.#width ?? (width < least ? `at least ${least}` : width);
    if (width !== wanted) throw lineError(this.#source, line, `a line must have ${wanted} columns, got ${width}`);
    this.#width = width;
  }
}

async function* sentencesOf(source: DataSource, options: ConllOptions, rows: ConllRows) {
  const isSentence = ({ value }: Found<string>) =>
    value instanceof DataError || !value.split('\n').every((line) => rows.isComment(line));
  for await (const sentences of readParagraphs(WHERE, source, options, SENTENCES)) yield sentences.filter(isSentence);
}

/**
 * The sentences of a CoNLL file: a word and its tags a line, in columns, an empty line behind each sentence.
 * @internal
 */
export async function* readConll(source: DataSource, options: ConllOptions & ConvertOptions): AsyncGenerator<RowChunk> {
  checkOptions(options);
  const rows = new ConllRows(source, options);
  yield* rowsOf(sentencesOf(source, options, rows), rows, options);
}
