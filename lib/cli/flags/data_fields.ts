import { DATA_FORMATS, type DataFormat } from '../../data/readers/source.js';
import { flag, oneOf, text } from '../../util/fields.js';
import type { Fields } from './fields.js';

/** Options of every verb that reads rows. @internal */
export const dataFields = {
  textColumn: text({ min: 1 })
    .optional()
    .describe('column of the texts; else what the model was trained with, or text'),
  textPairColumn: text({ min: 1 })
    .optional()
    .describe('column of second texts: premise and hypothesis, question and passage'),
  labelColumn: text({ min: 1 })
    .optional()
    .describe('column of the labels; else what the model was trained with, or label'),
  labelSeparator: text({ min: 1, max: 16 })
    .optional()
    .describe('between the labels of a row that has several; else a comma'),
  format: oneOf(...DATA_FORMATS)
    .optional()
    .describe(`${DATA_FORMATS.join(', ')}; else by the file's ending, of standard input jsonl`),
  header: flag()
    .optional()
    .describe('whether CSV and TSV name their columns; else they are numbered from 1 (--no-header)'),
  quote: text({ min: 1, max: 4 })
    .optional()
    .describe('around fields of CSV and TSV that hold delimiters; none where quotes are plain characters; else "'),
} satisfies Fields;

/** Options of data as given: absent ones are undefined. @internal */
export interface DataOptions {
  textColumn?: string | undefined;
  textPairColumn?: string | undefined;
  labelColumn?: string | undefined;
  labelSeparator?: string | undefined;
  format?: DataFormat | undefined;
  header?: boolean | undefined;
  quote?: string | undefined;
}
