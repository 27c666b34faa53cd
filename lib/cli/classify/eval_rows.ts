import { DataError } from '../../util/errors.js';
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
export type LabelledRow<Label = EncodedLabel> = TextRow<Label> & { label: Label };

/**
 * The labelled rows of a file as a classifier sees them.
 * @param also Makes of each label what else is wanted; what it refuses is told with file and line.
 * @throws DataError naming file and line, or where there is no row
 * @internal
 */
export async function* labelledRows<Label>(
  { problem, classes, task }: Classifier,
  options: EvalOptions,
  io: CliIo,
  also: (label: EncodedLabel, column: string) => Label,
): AsyncGenerator<LabelledRow<Label>[]> {
  const columns = columnsOf('eval', options.data!, options, task);
  const rules = { column: columns.label, problem, separator: task.labelSeparator ?? ',' };
  const label = (value: unknown) => also(classes.encode(columns.label, readLabel(rules, value)), columns.label);
  let hasRows = false;
  for await (const rows of readRows('eval', options.data!, { columns, label }, io)) {
    hasRows ||= rows.length > 0;
    yield rows as LabelledRow<Label>[];
  }
  if (!hasRows) throw new DataError(`eval: ${options.data!} must hold at least one row, got none`);
}
