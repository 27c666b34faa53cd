import { DataError } from '../../util/errors.js';
import { checkColumns, checkLength } from '../input/lists.js';
import { type Grid, type LabelTable, readIndicator } from '../input/tables.js';

/** How far a row of probabilities may sum from 1: the square root of f32's spacing, as scikit-learn has it. */
const SUM_TOLERANCE = 2 ** -11.5;

/** Reads a table of 0 and 1 of the shape of its scores. @throws {DataError} Shapes differ, or values. @internal */
export function readIndicatorLike(where: string, yTrue: LabelTable, scores: Grid): Grid<Uint8Array> {
  const truth = readIndicator(where, 'yTrue', yTrue);
  checkLength(where, 'yTrue', truth.rows, 'yScore', scores.rows);
  checkColumns(where, 'yTrue and yScore', truth.columns, scores.columns);
  return truth;
}

/** @throws {DataError} A value is no probability. @internal */
export function checkProbabilities(where: string, name: string, { data, columns }: Grid): void {
  const outside = data.findIndex((value) => value < 0 || value > 1);
  if (outside < 0) return;
  const got = `${data[outside]} in row ${Math.floor(outside / columns)}`;
  throw new DataError(`${where}: ${name} must be from 0 to 1, got ${got}: of logits, give softmax or sigmoid`);
}

/** @throws {DataError} A row's values do not sum to 1, as probabilities do. @internal */
export function checkSumsToOne(where: string, name: string, { rows, columns, data }: Grid): void {
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let i = row * columns; i < (row + 1) * columns; i++) sum += data[i]!;
    if (Math.abs(sum - 1) <= SUM_TOLERANCE) continue;
    throw new DataError(`${where}: each row of ${name} must sum to 1, got ${sum} in row ${row}`, { row });
  }
}
