import { checkOptionNames } from '../../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../../util/errors.js';
import type { DataCollator, PackedBatch, PaddedBatch, TokenizedRow } from '../collator.js';
import { collateLabels } from '../labels.js';
import { type BatchFormOptions, FORM_OPTIONS, formOf, IGNORE_INDEX } from './batch_form.js';

/** What {@link DataCollatorForSeq2Seq} takes. */
export interface Seq2SeqCollatorOptions extends BatchFormOptions {
  /** Label of padding; -100 by default, which losses skip. */
  labelPadTokenId?: number;
}

/**
 * Joins sources (`inputIds`) with what is to be written (`labels`, of lengths of their own). What the decoder reads is left
 * to the model, which makes it of the labels by its own rule.
 *
 * @example
 * ```ts
 * import { DataCollatorForSeq2Seq } from 'gridstride';
 * const rows = [{ inputIds: [7, 9, 1], labels: [5, 1] }, { inputIds: [8, 1], labels: [4, 6, 1] }];
 * console.log(new DataCollatorForSeq2Seq({ padding: true }).collate(rows).labels); // [ [ 5, 1, -100 ], [ 4, 6, 1 ] ]
 * ```
 */
export class DataCollatorForSeq2Seq implements DataCollator<TokenizedRow, PackedBatch | PaddedBatch> {
  readonly #form: DataCollator<TokenizedRow, PackedBatch | PaddedBatch>;
  readonly #options: Seq2SeqCollatorOptions;

  /** @throws {ConfigError} An option is unknown or out of range. */
  constructor(options: Seq2SeqCollatorOptions = {}) {
    const where = 'DataCollatorForSeq2Seq';
    checkOptionNames(where, options, [...FORM_OPTIONS, 'labelPadTokenId']);
    const { labelPadTokenId = IGNORE_INDEX } = options;
    if (!Number.isInteger(labelPadTokenId))
      throw new ConfigError(`${where}: labelPadTokenId must be an integer, got ${String(labelPadTokenId)}`);
    this.#form = formOf(where, options);
    this.#options = options;
  }

  /**
   * @param rows B rows; each holds at least one token, and of labels all have some or none.
   * @throws {DataError} No rows, an empty row, or ids or labels that are no integers from 0.
   */
  collate(rows: readonly TokenizedRow[]): PackedBatch | PaddedBatch {
    const sources = rows.map(({ inputIds, tokenTypeIds }) => ({ inputIds, ...(tokenTypeIds && { tokenTypeIds }) }));
    const batch = this.#form.collate(sources);
    const targets = rows.map(({ inputIds, label, labels = label }, row) => {
      if (labels === undefined) return { inputIds };
      if (typeof labels === 'object' && labels.length > 0) return { inputIds: labels, labels };
      const got = typeof labels === 'object' ? 'an empty list' : String(labels);
      throw new DataError(`DataCollatorForSeq2Seq: labels must be a list of tokens, got ${got} in row ${row}`, { row });
    });
    const joined = collateLabels('DataCollatorForSeq2Seq', targets, 'token');
    if (joined === undefined) return batch;
    if (!('cuSeqlens' in batch)) return { ...batch, labels: this.#padded(joined.rows) };
    const decoderLengths = Int32Array.from(joined.rows, ({ length }) => length);
    return { ...batch, labels: joined.values, labelShape: joined.shape, decoderLengths };
  }

  #padded(rows: readonly ArrayLike<number>[]): number[][] {
    const { padding, labelPadTokenId = IGNORE_INDEX, tokenizer } = this.#options;
    const { padToMultipleOf = 1, paddingSide = tokenizer?.paddingSide } = typeof padding === 'object' ? padding : {};
    const longest = rows.reduce((most, { length }) => Math.max(most, length), 0);
    const width = Math.ceil(longest / padToMultipleOf) * padToMultipleOf;
    return rows.map((row) => {
      const filler = Array.from({ length: width - row.length }, () => labelPadTokenId);
      return paddingSide === 'left' ? [...filler, ...Array.from(row)] : [...Array.from(row), ...filler];
    });
  }
}
