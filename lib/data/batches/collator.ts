import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { type AnsweredRow, type BatchAnswers, collateAnswers } from './answers.js';
import { type LabelKind, type LabelledRow, collateLabels } from './labels.js';

/** A tokenized text (or pair of texts) without padding. */
export interface TokenizedRow extends LabelledRow, AnsweredRow {
  inputIds: ArrayLike<number>;
  /** 0 for the first text, 1 for the second; all 0 when absent. */
  tokenTypeIds?: ArrayLike<number>;
}

/** Where in a run a batch stands, for collators that draw: the same place, the same draws. */
export interface BatchPlace {
  /** Counted from 0; -1 in evaluations. */
  epoch: number;
  /** Counted from 0 within the epoch. */
  batch: number;
}

/** Makes one batch of some rows. */
export interface DataCollator<Row, Batch> {
  /** @param place Given by the Trainer, so that a resumed run draws as one that was never interrupted. */
  collate(rows: readonly Row[], place?: BatchPlace): Batch;
}

/** Rows of unequal length without padding: B sequences, T tokens in all. */
export interface PackedBatch extends BatchAnswers {
  inputIds: Int32Array; // (T)
  tokenTypeIds: Int32Array; // (T)
  /** Where each sequence starts, and T at the end. */
  cuSeqlens: Int32Array; // (B + 1)
  lengths: Int32Array; // (B)
  maxSeqlen: number;
  /** Present when the rows have labels: classes (B), token labels (T) or floats (B or B x L). */
  labels?: Int32Array | Float32Array;
  /** Shape of `labels`: `[B]`, `[T]` or `[B, L]`. */
  labelShape?: readonly number[];
  /** Where `labels` are texts to write: how many tokens each has (B). */
  decoderLengths?: Int32Array;
  /** Where sequences are choices: how many belong to each question. */
  numChoices?: number;
}

/** Rows padded to one length: B rows of S tokens. */
export interface PaddedBatch extends BatchAnswers<number[]> {
  inputIds: number[][]; // (B, S)
  /** 1 on tokens, 0 on padding. */
  attentionMask: number[][]; // (B, S)
  tokenTypeIds: number[][]; // (B, S)
  /** Classes (B), token labels (B, S) with -100 on padding, or floats (B or B x L). */
  labels?: number[] | number[][];
}

/** Label that losses skip, as in PyTorch. */
const IGNORE_INDEX = -100;
const MAX_TOKENS = 2 ** 31 - 1;

function checkRows(where: string, rows: readonly TokenizedRow[]): void {
  if (rows.length === 0) throw new DataError(`${where}: a batch must hold a row, got none`);
  let total = 0;
  for (const [index, { inputIds, tokenTypeIds }] of rows.entries()) {
    const length = inputIds?.length;
    if (!Number.isInteger(length) || length < 1) {
      const got = length === 0 ? 'an empty list' : typeof inputIds;
      throw new DataError(`${where}: inputIds must be a list of at least one token, got ${got} in row ${index}`);
    }
    if (tokenTypeIds !== undefined && tokenTypeIds.length !== length) {
      const told = `${tokenTypeIds.length} for ${length} tokens in row ${index}`;
      throw new DataError(`${where}: tokenTypeIds must be as long as inputIds, got ${told}`, { row: index });
    }
    checkIds(where, 'inputIds', inputIds, index);
    if (tokenTypeIds !== undefined) checkIds(where, 'tokenTypeIds', tokenTypeIds, index);
    total += length;
  }
  if (total > MAX_TOKENS) throw new DataError(`${where}: a batch must be under 2^31 tokens, got ${total}`);
}

function checkIds(where: string, name: string, ids: ArrayLike<number>, row: number): void {
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!;
    if (Number.isInteger(id) && id >= 0 && id <= MAX_TOKENS) continue;
    const got = `${String(id)} at token ${i} of row ${row}`;
    throw new DataError(`${where}: ${name} must be integers from 0 to 2^31 - 1, got ${got}`, { row, token: i });
  }
}

/**
 * Joins tokenized rows of unequal lengths into one packed batch, without a single padding token. Positions are left to the
 * model: families count them differently.
 *
 * @example
 * ```ts
 * import { DataCollatorWithPacking } from 'gridstride';
 * const batch = new DataCollatorWithPacking().collate([
 *   { inputIds: [101, 7592, 102], label: 0 },
 *   { inputIds: [101, 102], label: 1 },
 * ]);
 * console.log(batch.cuSeqlens, batch.lengths); // Int32Array(3) [ 0, 3, 5 ] Int32Array(2) [ 3, 2 ]
 * ```
 */
export class DataCollatorWithPacking implements DataCollator<TokenizedRow, PackedBatch> {
  readonly #labelKind: LabelKind | undefined;

  /**
   * @param options `labelKind`: what labels are; by default numbers are classes and lists are token labels.
   * @throws {ConfigError} An option is unknown.
   */
  constructor(options: { labelKind?: LabelKind } = {}) {
    checkOptionNames('DataCollatorWithPacking', options, ['labelKind']);
    this.#labelKind = options.labelKind;
  }

  /**
   * @param rows B rows; each holds at least one token.
   * @throws {DataError} No rows, an empty row, ids that are no integers from 0, or labels that do not fit the rows.
   */
  collate(rows: readonly TokenizedRow[]): PackedBatch {
    const where = 'DataCollatorWithPacking';
    checkRows(where, rows);
    const lengths = Int32Array.from(rows, (row) => row.inputIds.length);
    const total = lengths.reduce((sum, length) => sum + length, 0);
    const inputIds = new Int32Array(total);
    const tokenTypeIds = new Int32Array(total);
    const cuSeqlens = new Int32Array(rows.length + 1);
    let start = 0;
    for (const [index, row] of rows.entries()) {
      inputIds.set(row.inputIds, start);
      if (row.tokenTypeIds !== undefined) tokenTypeIds.set(row.tokenTypeIds, start);
      start += lengths[index]!;
      cuSeqlens[index + 1] = start;
    }
    const maxSeqlen = lengths.reduce((longest, length) => Math.max(longest, length), 0);
    const labels = collateLabels(where, rows, this.#labelKind);
    const batch = { inputIds, tokenTypeIds, cuSeqlens, lengths, maxSeqlen, ...collateAnswers(where, rows) };
    return labels === undefined ? batch : { ...batch, labels: labels.values, labelShape: labels.shape };
  }
}

/** What {@link DataCollatorWithPadding} takes. */
export interface PaddingOptions {
  /** Id of the padding token; 0 by default. */
  padTokenId?: number;
  /** 'right' by default. */
  paddingSide?: 'right' | 'left';
  /** Every row gets this many tokens; the longest row's number by default. */
  maxLength?: number;
  /** The padded length is rounded up to a multiple of this. */
  padToMultipleOf?: number;
  /** What labels are; by default numbers are classes and lists are token labels. */
  labelKind?: LabelKind;
}

const PADDING_OPTIONS = ['padTokenId', 'paddingSide', 'maxLength', 'padToMultipleOf', 'labelKind'];

/**
 * Pads tokenized rows to one length, as models elsewhere want them; our own models run faster on
 * {@link DataCollatorWithPacking}.
 *
 * @example
 * ```ts
 * import { DataCollatorWithPadding } from 'gridstride';
 * const batch = new DataCollatorWithPadding().collate([{ inputIds: [101, 7592, 102] }, { inputIds: [101, 102] }]);
 * console.log(batch.attentionMask); // [ [ 1, 1, 1 ], [ 1, 1, 0 ] ]
 * ```
 */
export class DataCollatorWithPadding implements DataCollator<TokenizedRow, PaddedBatch> {
  readonly #options: PaddingOptions;

  /** @throws {ConfigError} An option is unknown or out of range. */
  constructor(options: PaddingOptions = {}) {
    checkOptionNames('DataCollatorWithPadding', options, PADDING_OPTIONS);
    const least = { padTokenId: 0, maxLength: 1, padToMultipleOf: 1 };
    for (const [name, minimum] of Object.entries(least)) {
      const value = options[name as keyof typeof least];
      if (value === undefined || (Number.isInteger(value) && value >= minimum)) continue;
      throw new ConfigError(`DataCollatorWithPadding: ${name} must be an integer from ${minimum}, got ${value}`);
    }
    const { paddingSide = 'right' } = options;
    if (paddingSide !== 'right' && paddingSide !== 'left') {
      throw new ConfigError(`DataCollatorWithPadding: paddingSide must be right or left, got ${String(paddingSide)}`);
    }
    this.#options = options;
  }

  /**
   * @param rows B rows; each holds at least one token.
   * @throws {DataError} No rows, an empty row, a row over `maxLength`, ids that are no integers from 0, or labels that
   * do not fit the rows.
   */
  collate(rows: readonly TokenizedRow[]): PaddedBatch {
    const where = 'DataCollatorWithPadding';
    checkRows(where, rows);
    const width = this.#width(rows);
    const pad = (values: ArrayLike<number>, filler: number): number[] => {
      const padding = Array.from({ length: width - values.length }, () => filler);
      const list = Array.from(values);
      return this.#options.paddingSide === 'left' ? [...padding, ...list] : [...list, ...padding];
    };
    const batch = {
      inputIds: rows.map((row) => pad(row.inputIds, this.#options.padTokenId ?? 0)),
      attentionMask: rows.map((row) => pad(new Uint8Array(row.inputIds.length).fill(1), 0)),
      tokenTypeIds: rows.map((row) => pad(row.tokenTypeIds ?? new Uint8Array(row.inputIds.length), 0)),
    };
    const answers = this.#answers(rows, width);
    const labels = collateLabels(where, rows, this.#options.labelKind);
    if (labels === undefined) return { ...batch, ...answers };
    if (labels.kind !== 'token') return { ...batch, labels: nest(labels.values, labels.shape) };
    return { ...batch, labels: labels.rows.map((list) => pad(list, IGNORE_INDEX)) };
  }

  /** Answers' columns among the padded ones. */
  #answers(rows: readonly TokenizedRow[], width: number): BatchAnswers<number[]> {
    const isLeft = this.#options.paddingSide === 'left';
    const moved = (column: number, row: number) => column + (isLeft ? width - rows[row]!.inputIds.length : 0);
    const answers = Object.entries(collateAnswers('DataCollatorWithPadding', rows));
    return Object.fromEntries(
      answers.map(([name, columns]: [string, Int32Array]) => [name, Array.from(columns, moved)]),
    );
  }

  #width(rows: readonly TokenizedRow[]): number {
    const { maxLength, padToMultipleOf = 1 } = this.#options;
    const longest = rows.reduce((most, row) => Math.max(most, row.inputIds.length), 0);
    if (maxLength !== undefined && longest > maxLength) {
      const rule = `rows must have at most maxLength ${maxLength} tokens`;
      throw new DataError(`DataCollatorWithPadding: ${rule}, got ${longest}: truncate when tokenizing`, { longest });
    }
    return Math.ceil((maxLength ?? longest) / padToMultipleOf) * padToMultipleOf;
  }
}

function nest(values: ArrayLike<number>, shape: readonly number[]): number[] | number[][] {
  const flat = Array.from(values);
  const width = shape[1];
  if (width === undefined) return flat;
  return Array.from({ length: shape[0]! }, (_, row) => flat.slice(row * width, (row + 1) * width));
}
