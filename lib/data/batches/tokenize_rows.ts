import type { PreTrainedTokenizer, TypedBatchEncoding } from '../../tokenizers/index.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import type { Dataset } from '../table/dataset.js';
import type { TokenizedRow } from './collator.js';

/** What {@link tokenizeRows} takes. */
export interface TokenizeOptions {
  /** Column of the texts; `text` by default. */
  textColumn?: string;
  /** Column of second texts: premise and hypothesis, question and passage. */
  textPairColumn?: string;
  /** Most tokens of a row; the tokenizer's own by default. */
  maxLength?: number;
  /** Whether longer rows lose their end (the default) or, with a stride, go on in further rows. */
  truncation?: boolean;
  /**
   * Tokens that a window repeats from the one before. Given, a long text (of two, the second) goes on in further rows, as
   * with the tokenizer's `returnOverflowingTokens`.
   */
  stride?: number;
  /** Folder that keeps the result of tokenizing, see {@link Dataset.map}; needs `cacheKey`. */
  cacheDir?: string;
  /** What stands for the tokenizer in the cache, such as its folder's name. */
  cacheKey?: string;
  signal?: AbortSignal | undefined;
}

/** A row with ids beside its other columns; the last two of windows alone. */
export type TokenizedText<Row> = Row & Pick<TokenizedRow, 'inputIds' | 'tokenTypeIds'> & Partial<WindowColumns>;

/** What windows have beside their tokens. */
export interface WindowColumns {
  /** The row it is of. */
  sampleIndex: number;
  /** Tokens of the row's text that it holds, and no window before it: its weight when lengths count. */
  newTokens: number;
}

const OPTION_NAMES = [
  'textColumn',
  'textPairColumn',
  'maxLength',
  'truncation',
  'stride',
  'cacheDir',
  'cacheKey',
  'signal',
];

/** Rows tokenized at a time. */
const BATCH_ROWS = 500;

type Batch = Record<string, unknown[]>;

function textsOf(column: string, values: readonly unknown[], first: number): string[] {
  for (const [i, value] of values.entries()) {
    if (typeof value === 'string') continue;
    const row = first + i;
    throw new DataError(`tokenizeRows: column ${column} must hold texts, got ${shown(value)} in row ${row}`, {
      row,
      column,
    });
  }
  return values as string[];
}

function checkOptions({ stride, truncation, maxLength, cacheDir, cacheKey }: TokenizeOptions): void {
  if (stride !== undefined && truncation !== undefined)
    throw new ConfigError(`tokenizeRows: stride and truncation exclude each other, got ${stride} and ${truncation}`);
  if (stride !== undefined && maxLength === undefined)
    throw new ConfigError('tokenizeRows: stride needs maxLength, got none');
  if (cacheDir !== undefined && cacheKey === undefined)
    throw new ConfigError('tokenizeRows: cacheDir needs a cacheKey that names the tokenizer, got none');
}

/**
 * Tokenizes the texts of a dataset, batch by batch: `inputIds`, and `tokenTypeIds` where the tokenizer's family has
 * them, take the place of the text columns; the others, such as labels, stay. With `stride`, a text over `maxLength`
 * becomes several rows, which `sampleIndex` holds together.
 *
 * @throws {ConfigError} An option is unknown, out of range, or lacks another.
 * @throws {DataError} A column is not there, or a row's value is no text.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { Dataset, tokenizeRows, trainWordPiece } from 'gridstride';
 * const rows = Dataset.fromArray([{ text: 'the cat sat', label: 1 }, { text: 'the mat', label: 0 }]);
 * const tokenizer = await trainWordPiece(rows.column('text'), { vocabSize: 60 });
 * const encoded = await tokenizeRows(rows, tokenizer, { maxLength: 16 });
 * console.log(encoded.columnNames); // [ 'label', 'inputIds', 'tokenTypeIds' ]
 * ```
 */
export async function tokenizeRows<Row extends object>(
  rows: Dataset<Row>,
  tokenizer: PreTrainedTokenizer,
  options: TokenizeOptions = {},
): Promise<Dataset<TokenizedText<Row>>> {
  checkOptionNames('tokenizeRows', options, OPTION_NAMES);
  checkOptions(options);
  const { textColumn = 'text', textPairColumn, maxLength, stride, truncation = true, signal } = options;
  const ownColumns = [textColumn, ...(textPairColumn === undefined ? [] : [textPairColumn])];
  const encode = (batch: Batch, first: number): ReturnType<typeof tokenizer.encodeBatch> => {
    const lastText = textPairColumn === undefined ? 'only_first' : 'only_second';
    return tokenizer.encodeBatch(textsOf(textColumn, batch[textColumn] ?? [], first), {
      ...(textPairColumn !== undefined && { textPair: textsOf(textPairColumn, batch[textPairColumn] ?? [], first) }),
      maxLength,
      ...(stride === undefined ? { truncation } : { truncation: lastText, stride, returnOverflowingTokens: true }),
      returnAttentionMask: false,
      typedArrays: true,
      signal,
    });
  };
  const encodeWindows = async (batch: Batch, first: number): Promise<Record<string, ArrayLike<unknown>>> => {
    const { overflowToSampleMapping, ...columns } = (await encode(batch, first)) as TypedBatchEncoding;
    const rowOfWindow = Array.from(overflowToSampleMapping!);
    const others = Object.entries(batch).filter(([name]) => !ownColumns.includes(name));
    return {
      ...Object.fromEntries(others.map(([name, values]) => [name, rowOfWindow.map((row) => values[row])])),
      ...columns,
      sampleIndex: rowOfWindow.map((row) => first + row),
    };
  };
  const { cacheDir, cacheKey } = options;
  const given = [cacheKey, textColumn, textPairColumn, maxLength, stride ?? null, truncation];
  const encoded = await rows.map((stride === undefined ? encode : encodeWindows) as never, {
    batched: true,
    batchSize: BATCH_ROWS,
    removeColumns: (stride === undefined ? ownColumns : rows.columnNames) as never[],
    signal,
    ...(cacheDir !== undefined && { cacheDir, cacheKey: JSON.stringify(given) }),
  });
  return encoded as unknown as Dataset<TokenizedText<Row>>;
}
