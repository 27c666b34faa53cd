import { DataError } from '../../util/errors.js';
import { shown } from '../../util/shown.js';

/** Columns of a batch, and the number of its first row. @internal */
export interface BatchColumns {
  columns: Readonly<Record<string, readonly unknown[]>>;
  first: number;
}

/** Rows of a batch as columns by name, for `map`. @internal */
export type MadeColumns = Record<string, ArrayLike<unknown>>;

/** Rows prepared at a time. @internal */
export const BATCH_ROWS = 500;

/** @throws {DataError} A value of the column is no text @internal */
export function textsIn(where: string, column: string, { columns, first }: BatchColumns): string[] {
  return valuesIn(where, column, { columns, first }, 'texts', (value): value is string => typeof value === 'string');
}

/** @throws {DataError} A value of the column is not as it must be; the text names the row @internal */
export function valuesIn<T>(
  where: string,
  column: string,
  { columns, first }: BatchColumns,
  rule: string,
  isOne: (value: unknown) => value is T,
): T[] {
  return (columns[column] ?? []).map((value, i) => {
    if (isOne(value)) return value;
    const row = first + i;
    throw new DataError(`${where}: column ${column} must hold ${rule}, got ${shown(value)} in row ${row}`, {
      row,
      column,
    });
  });
}

/** The ids of an encoding as columns: token types where there are some. @internal */
export function idColumns({ inputIds, tokenTypeIds }: { inputIds: Int32Array[]; tokenTypeIds?: Int32Array[] }) {
  return tokenTypeIds === undefined ? { inputIds } : { inputIds, tokenTypeIds };
}
