import { ConfigError, DataError } from '../../util/errors.js';

/**
 * What a row's label is: the index of its class; the index of each token's class; or what is regressed or chosen
 * independently, one float or a list of floats.
 */
export type LabelKind = 'class' | 'token' | 'float';

/** A row that may have a label, under either of the names Hugging Face uses. */
export interface LabelledRow {
  inputIds: ArrayLike<number>;
  label?: number | ArrayLike<number>;
  labels?: number | ArrayLike<number>;
}

/**
 * The labels of a batch, joined and row by row.
 * @internal
 */
export interface BatchLabels {
  kind: LabelKind;
  values: Int32Array | Float32Array;
  shape: readonly number[];
  rows: readonly ArrayLike<number>[];
}

/**
 * Joins the labels of B rows, or gives undefined when no row has one. Class and token labels are integers, and -100
 * marks what losses skip.
 *
 * @throws {DataError} Some rows lack a label, or a label does not fit its kind.
 * @internal
 */
export function collateLabels(where: string, rows: readonly LabelledRow[], kind?: LabelKind): BatchLabels | undefined {
  if (kind !== undefined && !['class', 'token', 'float'].includes(kind)) {
    throw new ConfigError(`${where}: labelKind must be class, token or float, got ${String(kind)}`);
  }
  const given = rows.map((row) => row.labels ?? row.label ?? undefined);
  const missing = given.indexOf(undefined);
  if (missing >= 0) {
    const labelled = given.findIndex((label) => label !== undefined);
    if (labelled < 0) return undefined;
    throw new DataError(`${where}: all rows or none must have a label, got one in row ${labelled}, none in ${missing}`);
  }
  const first = given[0];
  const chosen = kind ?? (typeof first === 'object' ? 'token' : 'class');
  const lists = given.map((label, row) => toList(where, label, row, chosen));
  checkLengths(where, lists, rows, chosen);
  lists.forEach((list, row) => checkValues(where, list, row, chosen));
  return { kind: chosen, rows: lists, ...join(lists, chosen, typeof first === 'object') };
}

function toList(where: string, label: unknown, row: number, kind: LabelKind): ArrayLike<number> {
  const isList = typeof label === 'object' && label !== null && 'length' in label;
  if (isList && kind !== 'class') return label as ArrayLike<number>;
  if (typeof label === 'number' && kind !== 'token') return [label];
  const rule = { class: 'a number', token: 'a list', float: 'a number or a list' }[kind];
  const got = isList ? 'a list' : typeof label === 'string' ? `"${label}"` : String(label);
  throw new DataError(`${where}: ${kind} label must be ${rule}, got ${got} in row ${row}`, { row });
}

function checkLengths(
  where: string,
  lists: readonly ArrayLike<number>[],
  rows: readonly LabelledRow[],
  kind: LabelKind,
): void {
  for (const [row, { length }] of lists.entries()) {
    const wanted = kind === 'token' ? rows[row]!.inputIds.length : lists[0]!.length;
    if (length === wanted) continue;
    const rule = kind === 'token' ? 'token labels must be as many as tokens' : 'rows must have equally many labels';
    throw new DataError(`${where}: ${rule}, got ${length} for ${wanted} in row ${row}`, { row });
  }
}

function checkValues(where: string, list: ArrayLike<number>, row: number, kind: LabelKind): void {
  for (let i = 0; i < list.length; i++) {
    const value = list[i]!;
    const isClass = Number.isInteger(value) && (value >= 0 || value === -100) && value < 2 ** 31;
    if (kind === 'float' ? Number.isFinite(value) : isClass) continue;
    const rule = kind === 'float' ? 'labels must be finite' : 'labels must be integers from 0, or -100';
    throw new DataError(`${where}: ${rule}, got ${String(value)} in row ${row}`, { row, value });
  }
}

function join(
  lists: readonly ArrayLike<number>[],
  kind: LabelKind,
  isNested: boolean,
): { values: Int32Array | Float32Array; shape: readonly number[] } {
  const total = lists.reduce((sum, { length }) => sum + length, 0);
  const values = kind === 'float' ? new Float32Array(total) : new Int32Array(total);
  let end = 0;
  for (const list of lists) {
    values.set(list, end);
    end += list.length;
  }
  const isMatrix = kind === 'float' && isNested;
  return { values, shape: isMatrix ? [lists.length, total / lists.length] : [total] };
}
