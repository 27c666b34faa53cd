import type { PreTrainedTokenizer } from '../../tokenizers/index.js';
import { checkOptionNames, didYouMean } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';
import type { TokenizedRow } from '../batches/collator.js';
import type { Dataset } from '../table/dataset.js';
import { checkColumn } from '../table/row_source.js';
import { BATCH_ROWS, type BatchColumns, idColumns, valuesIn } from './columns.js';
import { JoinedWords } from './joined_words.js';

/** What {@link prepareTokenClassification} takes. */
export interface TokenClassificationOptions {
  /** Column of the words, a list of texts a row; `tokens` by default. */
  wordsColumn?: string;
  /** Column of their labels, a list of as many names or numbers; `tags` by default. */
  labelsColumn?: string;
  /** Names of the classes in order: labels are then names (or numbers). Without them, labels are numbers. */
  labelNames?: readonly string[];
  /**
   * Whether a word's further tokens are labelled, too (I-X after B-X, where there is such a class); by default they are
   * -100, and its first one alone counts.
   */
  labelAllTokens?: boolean;
  /** Most tokens of a row; the tokenizer's own by default. */
  maxLength?: number;
  /** Given, longer rows go on in further ones that share so many tokens; a word's label counts where it first stands. */
  stride?: number;
  signal?: AbortSignal | undefined;
}

/** A row to train a token classifier on. */
export interface LabelledTokens extends TokenizedRow {
  inputIds: Int32Array;
  /** (S), -100 where none counts. */
  labels: Int32Array;
  /** (S), the index of each token's word; -1 for special tokens. */
  wordIds: Int32Array;
  /** The row it is of. */
  sampleIndex: number;
}

const WHERE = 'prepareTokenClassification';
const OPTION_NAMES = [
  'wordsColumn',
  'labelsColumn',
  'labelNames',
  'labelAllTokens',
  'maxLength',
  'stride',
  'signal',
] as const;
const IGNORE_INDEX = -100;

const isWords = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((word) => typeof word === 'string');
const isLabels = (value: unknown): value is (string | number)[] =>
  Array.isArray(value) && value.every((label) => typeof label === 'string' || Number.isInteger(label));

/** Numbers of classes by name, and what a word's further tokens are. */
class TokenLabels {
  readonly #names: readonly string[] | undefined;
  readonly #places: ReadonlyMap<string, number>;
  /** Class of a word's further tokens, by that of its first. */
  readonly #inner: readonly number[];

  constructor(names: readonly string[] | undefined) {
    this.#names = names;
    this.#places = new Map(names?.map((name, place) => [name, place]));
    if (names !== undefined && this.#places.size !== names.length)
      throw new ConfigError(`${WHERE}: labelNames must differ, got ${names.join(', ')}`);
    this.#inner = (names ?? []).map((name, place) => this.#places.get(name.replace(/^B-/, 'I-')) ?? place);
  }

  /** @throws {DataError} It is none of the classes */
  placeOf(label: string | number, row: number): number {
    const known = this.#names;
    const place = typeof label === 'string' ? this.#places.get(label) : label;
    if (place !== undefined && place >= 0 && place < (known?.length ?? Infinity)) return place;
    const rule = known === undefined ? 'numbers from 0 where there are no labelNames' : known.slice(0, 20).join(', ');
    const near = typeof label === 'string' ? didYouMean(label, known ?? []) : '';
    throw new DataError(`${WHERE}: labels must be among ${rule}, got ${shown(label)}${near} in row ${row}`, {
      row,
      label,
    });
  }

  innerOf(place: number): number {
    return this.#inner[place] ?? place;
  }
}

/** The label of each token: that of its word where it is the word's first one that any row holds. */
function alignLabels(
  wordIds: Int32Array,
  places: readonly number[],
  { labels, isAll, firstWord }: { labels: TokenLabels; isAll: boolean; firstWord: number },
): Int32Array {
  return wordIds.map((word, t) => {
    if (word < firstWord) return IGNORE_INDEX;
    if (word !== wordIds[t - 1]) return places[word]!;
    return isAll ? labels.innerOf(places[word]!) : IGNORE_INDEX;
  });
}

/**
 * Tokenizes rows of words with a label each, for a token classifier: the label of a word goes to its first token (and with
 * `labelAllTokens` to the others), special tokens get -100. The rows' other columns go.
 *
 * @throws {ConfigError} An option is unknown, out of range, or lacks another.
 * @throws {DataError} A column is not there, a row's words and labels are not equally many, or a label is none of the names.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { Dataset, prepareTokenClassification, trainWordPiece } from 'gridstride';
 * const rows = Dataset.fromArray([{ tokens: ['Ada', 'wrote', 'it'], tags: ['B-PER', 'O', 'O'] }]);
 * const tokenizer = await trainWordPiece(['ada wrote it'], { vocabSize: 60, minFrequency: 1 });
 * const encoded = await prepareTokenClassification(rows, tokenizer, { labelNames: ['O', 'B-PER', 'I-PER'] });
 * console.log(encoded.at(0).labels); // Int32Array(5) [ -100, 1, 0, 0, -100 ]
 * ```
 */
export async function prepareTokenClassification<Row extends object>(
  rows: Dataset<Row>,
  tokenizer: PreTrainedTokenizer,
  options: TokenClassificationOptions = {},
): Promise<Dataset<LabelledTokens>> {
  checkOptionNames(WHERE, options, OPTION_NAMES);
  const { wordsColumn = 'tokens', labelsColumn = 'tags', labelAllTokens: isAll = false, signal } = options;
  const { maxLength, stride } = options;
  if (stride !== undefined && maxLength === undefined)
    throw new ConfigError(`${WHERE}: stride needs maxLength, got none`);
  const labels = new TokenLabels(options.labelNames);
  for (const column of [wordsColumn, labelsColumn]) checkColumn(rows, WHERE, column);
  const prepare = async (columns: Record<string, unknown[]>, first: number) => {
    const { words, places } = labelledWords({ columns, first }, { wordsColumn, labelsColumn, labels });
    const encoded = await tokenizer.encodeBatch(
      words.map(({ text }) => text),
      {
        truncation: true,
        maxLength,
        ...(stride !== undefined && { stride, returnOverflowingTokens: true }),
        returnAttentionMask: false,
        returnOffsetsMapping: true,
        returnSpecialTokensMask: true,
        typedArrays: true,
        signal,
      },
    );
    const { offsets, specialTokensMask, overflowToSampleMapping: rowOf } = encoded;
    const wordIds: Int32Array[] = [];
    const labelLists = encoded.inputIds.map((_, i) => {
      const row = rowOf?.[i] ?? i;
      wordIds.push(words[row]!.wordsOf(offsets![i]!, specialTokensMask![i]!));
      const seen = rowOf?.[i - 1] === row ? wordIds[i - 1]!.reduce((most, word) => Math.max(most, word), -1) : -1;
      return alignLabels(wordIds[i]!, places[row]!, { labels, isAll, firstWord: seen + 1 });
    });
    const sampleIndex = encoded.inputIds.map((_, i) => first + (rowOf?.[i] ?? i));
    return { ...idColumns(encoded), labels: labelLists, wordIds, sampleIndex };
  };
  const prepared = await rows.map(prepare as never, {
    batched: true,
    batchSize: BATCH_ROWS,
    removeColumns: rows.columnNames as never[],
    signal,
  });
  return prepared as unknown as Dataset<LabelledTokens>;
}

/** The words of a batch's rows, and the classes of these. */
function labelledWords(
  batch: BatchColumns,
  { wordsColumn, labelsColumn, labels }: { wordsColumn: string; labelsColumn: string; labels: TokenLabels },
): { words: JoinedWords[]; places: number[][] } {
  const words = valuesIn(WHERE, wordsColumn, batch, 'lists of words', isWords);
  const given = valuesIn(WHERE, labelsColumn, batch, 'lists of labels', isLabels);
  const places = given.map((list, i) => {
    const row = batch.first + i;
    if (list.length === words[i]!.length) return list.map((label) => labels.placeOf(label, row));
    const got = `${list.length} for ${words[i]!.length} in row ${row}`;
    throw new DataError(`${WHERE}: each word must have a label, got ${got}`, { row });
  });
  return { words: words.map((list) => new JoinedWords(list)), places };
}
