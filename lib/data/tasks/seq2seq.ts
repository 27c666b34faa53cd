import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import type { TokenizedRow } from '../batches/collator.js';
import type { Dataset } from '../table/dataset.js';
import { checkColumn } from '../table/row_source.js';
import { BATCH_ROWS, idColumns, textsIn } from './columns.js';

/** What {@link prepareSeq2Seq} takes. */
export interface Seq2SeqOptions {
  /** Column of what is read; `source` by default. */
  sourceColumn?: string;
  /** Column of what is to be written; `target` by default. */
  targetColumn?: string;
  /** Put before each source, as T5 is told its task: `translate English to German: `. */
  sourcePrefix?: string;
  /** Most tokens of a source; the tokenizer's own by default. */
  maxLength?: number;
  /** Most tokens of a target; `maxLength` by default. */
  maxTargetLength?: number;
  signal?: AbortSignal | undefined;
}

/** A source with the tokens to write. */
export interface SourceAndTarget extends TokenizedRow {
  inputIds: Int32Array;
  /** (S'), of a length of its own. */
  labels: Int32Array;
}

const WHERE = 'prepareSeq2Seq';
const OPTION_NAMES = [
  'sourceColumn',
  'targetColumn',
  'sourcePrefix',
  'maxLength',
  'maxTargetLength',
  'signal',
] as const;

/**
 * Tokenizes pairs of texts for a model that writes the second from the first. The rows' other columns go.
 *
 * @throws {ConfigError} An option is unknown or out of range.
 * @throws {DataError} A column is not there, or a row's value is no text.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { Dataset, prepareSeq2Seq, trainByteLevelBpe } from 'gridstride';
 * const rows = Dataset.fromArray([{ en: 'go', es: 've' }]);
 * const tokenizer = await trainByteLevelBpe(['go', 've'], { vocabSize: 270 });
 * const encoded = await prepareSeq2Seq(rows, tokenizer, { sourceColumn: 'en', targetColumn: 'es', maxLength: 16 });
 * console.log(tokenizer.decode(encoded.at(0).labels, { skipSpecialTokens: true })); // ve
 * ```
 */
export async function prepareSeq2Seq<Row extends object>(
  rows: Dataset<Row>,
  tokenizer: PreTrainedTokenizer,
  options: Seq2SeqOptions = {},
): Promise<Dataset<SourceAndTarget>> {
  checkOptionNames(WHERE, options, OPTION_NAMES);
  const { sourceColumn = 'source', targetColumn = 'target', sourcePrefix = '', maxLength, signal } = options;
  const { maxTargetLength = maxLength } = options;
  for (const column of [sourceColumn, targetColumn]) checkColumn(rows, WHERE, column);
  const prepare = async (columns: Record<string, unknown[]>, first: number) => {
    const sources = textsIn(WHERE, sourceColumn, { columns, first }).map((text) => sourcePrefix + text);
    const targets = textsIn(WHERE, targetColumn, { columns, first });
    const shared = { truncation: true, returnAttentionMask: false, typedArrays: true, signal } as const;
    const encoded = await tokenizer.encodeBatch(sources, { ...shared, maxLength });
    const written = await tokenizer.encodeBatch(targets, { ...shared, maxLength: maxTargetLength, asTarget: true });
    return { ...idColumns(encoded), labels: written.inputIds };
  };
  const prepared = await rows.map(prepare as never, {
    batched: true,
    batchSize: BATCH_ROWS,
    removeColumns: rows.columnNames as never[],
    signal,
  });
  return prepared as unknown as Dataset<SourceAndTarget>;
}
