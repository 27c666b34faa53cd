import { DataError } from '../../../util/errors.js';
import { type DataCollator, DataCollatorWithPacking, type PackedBatch, type TokenizedRow } from '../collator.js';
import { collateLabels } from '../labels.js';

/** A question with N choices, a tokenized text (or pair of texts) for each. */
export interface ChoiceRow {
  inputIds: readonly ArrayLike<number>[];
  tokenTypeIds?: readonly ArrayLike<number>[];
  /** Index of the right choice. */
  label?: number;
  labels?: number;
}

/**
 * Joins questions with N choices each: the B · N sequences stand one behind the other, as multiple choice models take them.
 *
 * @example
 * ```ts
 * import { DataCollatorForMultipleChoice } from 'gridstride';
 * const batch = new DataCollatorForMultipleChoice().collate([{ inputIds: [[2, 7, 3], [2, 8, 9, 3]], label: 1 }]);
 * console.log(batch.numChoices, batch.lengths, batch.labels); // 2 Int32Array(2) [ 3, 4 ] Int32Array(1) [ 1 ]
 * ```
 */
export class DataCollatorForMultipleChoice implements DataCollator<ChoiceRow | TokenizedRow, PackedBatch> {
  readonly #form = new DataCollatorWithPacking();

  /**
   * @param given B questions; each with equally many choices, each choice of at least one token.
   * @throws {DataError} No rows, unequal numbers of choices, or ids or labels that are no integers from 0.
   */
  collate(given: readonly (ChoiceRow | TokenizedRow)[]): PackedBatch {
    // What has no list of lists is refused below: a Trainer's rows are of either kind.
    const rows = given as readonly ChoiceRow[];
    const where = 'DataCollatorForMultipleChoice';
    const numChoices = rows[0]?.inputIds?.length ?? 0;
    const texts = rows.flatMap(({ inputIds, tokenTypeIds }, row) => {
      if (Array.isArray(inputIds) && inputIds.length === numChoices && numChoices > 0)
        return inputIds.map((ids, i) => ({ inputIds: ids, ...(tokenTypeIds && { tokenTypeIds: tokenTypeIds[i]! }) }));
      const got = `${String(inputIds?.length)} for ${numChoices} in row ${row}`;
      throw new DataError(`${where}: each question must have equally many choices, got ${got}`, { row });
    });
    const batch = { ...this.#form.collate(texts), numChoices };
    const labelled = rows.map(({ label, labels = label }) => ({
      inputIds: [],
      ...(labels !== undefined && { labels }),
    }));
    const joined = collateLabels(where, labelled, 'class');
    return joined === undefined ? batch : { ...batch, labels: joined.values, labelShape: joined.shape };
  }
}
