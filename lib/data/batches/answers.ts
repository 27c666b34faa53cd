import { DataError } from '../../util/errors.js';

/** A row that may have an answer: the columns of its first and last token. */
export interface AnsweredRow {
  inputIds: ArrayLike<number>;
  startPositions?: number;
  endPositions?: number;
}

/** Where each row's answer begins and ends: (B) each. */
export interface BatchAnswers<List = Int32Array> {
  startPositions?: List;
  endPositions?: List;
}

const NAMES = ['startPositions', 'endPositions'] as const;

/**
 * The answers of B rows, or nothing when no row has one.
 * @throws {DataError} Some rows lack an answer, or one is no column of its row.
 * @internal
 */
export function collateAnswers(where: string, rows: readonly AnsweredRow[]): BatchAnswers {
  if (rows.every((row) => NAMES.every((name) => row[name] === undefined))) return {};
  const answers = NAMES.map((name) => {
    const columns = rows.map((row, index) => {
      const column = row[name];
      if (Number.isInteger(column) && column! >= 0 && column! < row.inputIds.length) return column!;
      const rule = `${name} must be a column of the row's ${row.inputIds.length} tokens`;
      throw new DataError(`${where}: ${rule}, got ${String(column)} in row ${index}`, { row: index, column });
    });
    return [name, Int32Array.from(columns)];
  });
  return Object.fromEntries(answers) as BatchAnswers;
}
