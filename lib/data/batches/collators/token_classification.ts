import { checkOptionNames } from '../../../util/did_you_mean.js';
import type { DataCollator, PackedBatch, PaddedBatch, TokenizedRow } from '../collator.js';
import { type BatchFormOptions, FORM_OPTIONS, formOf } from './batch_form.js';

/**
 * Joins rows that have a label for each of their tokens; padding, where there is some, is labelled -100.
 *
 * @example
 * ```ts
 * import { DataCollatorForTokenClassification } from 'gridstride';
 * const rows = [{ inputIds: [2, 7, 3], labels: [-100, 1, -100] }, { inputIds: [2, 3], labels: [-100, -100] }];
 * console.log(new DataCollatorForTokenClassification().collate(rows).labels?.length); // 5
 * console.log(new DataCollatorForTokenClassification({ padding: true }).collate(rows).labels); // [ [ -100, 1, -100 ], [ -100, -100, -100 ] ]
 * ```
 */
export class DataCollatorForTokenClassification implements DataCollator<TokenizedRow, PackedBatch | PaddedBatch> {
  readonly #form: DataCollator<TokenizedRow, PackedBatch | PaddedBatch>;

  /** @throws {ConfigError} An option is unknown or out of range. */
  constructor(options: BatchFormOptions = {}) {
    const where = 'DataCollatorForTokenClassification';
    checkOptionNames(where, options, FORM_OPTIONS);
    this.#form = formOf(where, options, 'token');
  }

  /**
   * @param rows B rows; each holds at least one token.
   * @throws {DataError} No rows, an empty row, ids that are no integers from 0, or labels that are not one per token.
   */
  collate(rows: readonly TokenizedRow[]): PackedBatch | PaddedBatch {
    return this.#form.collate(rows);
  }
}
