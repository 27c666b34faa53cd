import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { LoopPacer } from '../../util/yield.js';
import type { MaskableRow } from '../batches/collators/language_modeling.js';
import { Dataset } from '../table/dataset.js';
import { checkColumn } from '../table/row_source.js';
import { BATCH_ROWS, textsIn } from './columns.js';

/** What {@link prepareLanguageModeling} takes. */
export interface LanguageModelingTextOptions {
  /** Column of the texts; `text` by default. */
  textColumn?: string;
  /** Tokens of a block; 1024 by default, or what the tokenizer takes where that is less. */
  blockSize?: number;
  /** Whether each text is a row of its own, cut at `blockSize`, in place of texts joined into blocks; false by default. */
  lineByLine?: boolean;
  /** Whether rows get `wordIds`, for masks of whole words; false by default. */
  wholeWords?: boolean;
  signal?: AbortSignal | undefined;
}

/** A block of text. */
export interface TextBlock extends MaskableRow {
  inputIds: Int32Array;
  /** 1 for tokens that the tokenizer's template added. */
  specialTokensMask: Int32Array;
  wordIds?: Int32Array;
}

const WHERE = 'prepareLanguageModeling';
const OPTION_NAMES = ['textColumn', 'blockSize', 'lineByLine', 'wholeWords', 'signal'] as const;

/** What is filled token by token: the names of a block's columns. */
type Columns = Required<Pick<TextBlock, 'inputIds' | 'specialTokensMask' | 'wordIds'>>;

/** Joins texts one behind the other and cuts them into blocks of equal length. */
class Blocks {
  readonly blocks: Columns[] = [];
  readonly #size: number;
  #open: Columns;
  #filled = 0;
  /** Words in all texts so far: ids of different texts are different. */
  #words = 0;

  constructor(size: number) {
    this.#size = size;
    this.#open = this.#empty();
  }

  add({ inputIds, specialTokensMask, wordIds }: Columns): void {
    const shifted = wordIds.map((word) => (word < 0 ? -1 : word + this.#words));
    this.#words += 1 + wordIds.reduce((most, word) => Math.max(most, word), -1);
    for (let from = 0; from < inputIds.length;) {
      const to = Math.min(inputIds.length, from + this.#size - this.#filled);
      this.#open.inputIds.set(inputIds.subarray(from, to), this.#filled);
      this.#open.specialTokensMask.set(specialTokensMask.subarray(from, to), this.#filled);
      this.#open.wordIds.set(shifted.subarray(from, to), this.#filled);
      this.#filled += to - from;
      from = to;
      if (this.#filled < this.#size) continue;
      this.blocks.push(this.#open);
      [this.#open, this.#filled] = [this.#empty(), 0];
    }
  }

  /** After the last text: what does not fill a block is left out, unless there is no other. */
  end(): Columns[] {
    if (this.blocks.length > 0 || this.#filled === 0) return this.blocks;
    const cut = Object.entries(this.#open).map(([name, list]: [string, Int32Array]) => [
      name,
      list.slice(0, this.#filled),
    ]);
    return [Object.fromEntries(cut) as unknown as Columns];
  }

  #empty(): Columns {
    const list = () => new Int32Array(this.#size);
    return { inputIds: list(), specialTokensMask: list(), wordIds: list() };
  }
}

function checkedSize({ blockSize }: LanguageModelingTextOptions, tokenizer: PreTrainedTokenizer): number {
  const size = blockSize ?? Math.min(1024, tokenizer.modelMaxLength ?? 1024);
  if (Number.isInteger(size) && size >= 2) return size;
  throw new ConfigError(`${WHERE}: blockSize must be an integer from 2, got ${String(size)}`, { blockSize: size });
}

/**
 * Tokenizes texts for language modelling, masked or causal: all of them one behind the other, cut into blocks of
 * `blockSize` tokens, of which the last, where it is not full, is left out (as in Python's examples); or with `lineByLine`
 * each on its own.
 *
 * @throws {ConfigError} An option is unknown or out of range.
 * @throws {DataError} The column is not there, a row's value is no text, or there is no token at all.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { Dataset, prepareLanguageModeling, trainByteLevelBpe } from 'gridstride';
 * const rows = Dataset.fromArray([{ text: 'To be, or not' }, { text: ' to be' }]);
 * const tokenizer = await trainByteLevelBpe(rows.column('text'), { vocabSize: 257, tokenizerClass: 'GPT2Tokenizer' });
 * const blocks = await prepareLanguageModeling(rows, tokenizer, { blockSize: 8 });
 * console.log(blocks.length, tokenizer.decode(blocks.at(1).inputIds)); // 2 r not to
 * ```
 */
export async function prepareLanguageModeling<Row extends object>(
  rows: Dataset<Row>,
  tokenizer: PreTrainedTokenizer,
  options: LanguageModelingTextOptions = {},
): Promise<Dataset<TextBlock>> {
  checkOptionNames(WHERE, options, OPTION_NAMES);
  const { textColumn = 'text', lineByLine = false, wholeWords = false, signal } = options;
  const size = checkedSize(options, tokenizer);
  checkColumn(rows, WHERE, textColumn);
  const pacer = new LoopPacer(WHERE, { signal });
  const blocks = new Blocks(size);
  const lines: Columns[] = [];
  for (let first = 0; first < rows.length; first += BATCH_ROWS) {
    const count = Math.min(BATCH_ROWS, rows.length - first);
    const values = Array.from({ length: count }, (_, i) => (rows.at(first + i) as Record<string, unknown>)[textColumn]);
    const encoded = await tokenizer.encodeBatch(
      textsIn(WHERE, textColumn, { columns: { [textColumn]: values }, first }),
      {
        ...(lineByLine ? { truncation: true, maxLength: size } : { truncation: false }),
        returnSpecialTokensMask: true,
        returnWordIds: true,
        returnAttentionMask: false,
        returnTokenTypeIds: false,
        typedArrays: true,
        signal,
      },
    );
    for (const [i, inputIds] of encoded.inputIds.entries()) {
      const row = { inputIds, specialTokensMask: encoded.specialTokensMask![i]!, wordIds: encoded.wordIds![i]! };
      if (!lineByLine) blocks.add(row);
      else if (inputIds.length > 0) lines.push(row);
      if (pacer.isDue()) await pacer.pause();
    }
  }
  const made = lineByLine ? lines : blocks.end();
  if (made.length === 0) throw new DataError(`${WHERE}: the texts must hold a token, got none`);
  return Dataset.fromArray(
    made.map(({ wordIds, ...block }): TextBlock => (wholeWords ? { ...block, wordIds } : block)),
  );
}
