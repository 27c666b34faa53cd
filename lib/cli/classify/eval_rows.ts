import type { CliIo } from '../io.js';
import { columnsOf } from '../task/columns.js';
import { type EncodedLabel, readLabel } from '../task/labels.js';
import { readRows, type TextRow } from '../task/read_rows.js';
import type { Classifier } from './classifier.js';
import { classifierOptions, pathField } from './options.js';

/** Options of `eval` alone. @internal */
export const evalFields = {
  model: pathField('folder of a trained classifier'),
  data: pathField('file of texts and labels, or - for standard input'),
  compare: pathField("folder of another one, such as the last before: what differs, with McNemar's test"),
};

/** What evaluations are given. @internal */
export type EvalOptions = ReturnType<typeof classifierOptions<typeof evalFields>>;

/** A row of which the label is known. @internal */
export type LabelledRow = TextRow<EncodedLabel> & { label: EncodedLabel };

/** The labelled rows of a file as a classifier sees them. @throws DataError naming file and line @internal */
export function labelledRows(
  { problem, classes, task }: Classifier,
  options: EvalOptions,
  io: CliIo,
): AsyncGenerator<LabelledRow[]> {
  const columns = columnsOf('eval', options.data!, options, task);
  const rules = { column: columns.label, problem, separator: task.labelSeparator ?? ',' };
  const label = (value: unknown) => classes.encode(columns.label, readLabel(rules, value));
  return readRows('eval', options.data!, { columns, label }, io) as AsyncGenerator<LabelledRow[]>;
}
