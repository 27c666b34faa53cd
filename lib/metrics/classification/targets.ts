import { ConfigError, DataError } from '../../util/errors.js';
import { checkColumns, checkLength } from '../input/lists.js';
import { type Label, type LabelList, chooseLabels, encodeLabels } from '../input/labels.js';
import { type Grid, type LabelTable, isTable, readIndicator } from '../input/tables.js';

/** One label per row, or, of several labels a row, a table of 0 and 1 with a column per label. */
export type LabelTargets = LabelList | LabelTable;

/** True and predicted labels, one per row. @internal */
export interface ClassTargets {
  isMultilabel: false;
  rows: number;
  /** The labels that occur, sorted. */
  present: readonly Label[];
  /** Indices into `present`. */
  truth: Int32Array;
  predicted: Int32Array;
}

/** True and predicted labels, several per row. @internal */
export interface MultilabelTargets {
  isMultilabel: true;
  rows: number;
  /** The columns' numbers. */
  present: readonly Label[];
  truth: Grid<Uint8Array>;
  predicted: Grid<Uint8Array>;
}

/**
 * Checks true and predicted labels of either kind.
 *
 * @throws {DataError} They differ in kind or size, there are none, or some are no labels.
 * @internal
 */
export function readTargets(where: string, yTrue: LabelTargets, yPred: LabelTargets): ClassTargets | MultilabelTargets {
  if (isTable(yTrue) !== isTable(yPred)) {
    const kind = (targets: LabelTargets): string => (isTable(targets) ? 'a table' : 'a list');
    const got = `${kind(yTrue)} and ${kind(yPred)}`;
    throw new DataError(`${where}: yTrue and yPred must be both lists of labels or both tables of 0 and 1, got ${got}`);
  }
  if (!isTable(yTrue) || !isTable(yPred)) {
    return readClasses(where, yTrue as LabelList, yPred as LabelList);
  }
  const [truth, predicted] = [readIndicator(where, 'yTrue', yTrue), readIndicator(where, 'yPred', yPred)];
  checkLength(where, 'yTrue', truth.rows, 'yPred', predicted.rows);
  checkColumns(where, 'yTrue and yPred', truth.columns, predicted.columns);
  const present = Array.from({ length: truth.columns }, (_, column) => column);
  return { isMultilabel: true, rows: truth.rows, present, truth, predicted };
}

/** Checks true and predicted labels, one per row. @internal */
export function readClasses(where: string, yTrue: LabelList, yPred: LabelList): ClassTargets {
  const { classes, codes } = encodeLabels(where, { yTrue, yPred });
  return { isMultilabel: false, rows: yTrue.length, present: classes, truth: codes.yTrue, predicted: codes.yPred };
}

/**
 * The labels a metric is asked for; of a table, numbers of columns.
 *
 * @throws {ConfigError} The caller's labels repeat, or are no columns of the table.
 * @internal
 */
export function chosenLabels(
  where: string,
  { isMultilabel, present }: ClassTargets | MultilabelTargets,
  labels?: readonly Label[],
): readonly Label[] {
  const chosen = chooseLabels(where, present, labels);
  const outside = isMultilabel ? chosen.find((label) => !present.includes(label)) : undefined;
  if (outside === undefined) return chosen;
  const rule = `labels must be columns from 0 to ${present.length - 1}`;
  throw new ConfigError(`${where}: ${rule}, got ${outside}`, { label: outside });
}

/** Whether each row's labels are all predicted right, as a test by row. @internal */
export function rightRows(targets: ClassTargets | MultilabelTargets): (row: number) => boolean {
  const { truth, predicted } = targets;
  if (!targets.isMultilabel) return (row) => (truth as Int32Array)[row] === (predicted as Int32Array)[row];
  const { columns } = targets.truth;
  return (row) => {
    for (let i = row * columns; i < (row + 1) * columns; i++)
      if (targets.truth.data[i] !== targets.predicted.data[i]) return false;
    return true;
  };
}
