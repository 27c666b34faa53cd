import { ConfigError } from '../../util/errors.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { checkColumns, checkLength, readWeights } from '../input/lists.js';
import { type Grid, type NumberTable, columnOf, readNumbers } from '../input/tables.js';

/** One value per row, or a table with a column per output. */
export type ValueTargets = ArrayLike<number> | NumberTable;

/** How several outputs' scores become one: their mean, or not at all. */
export type Multioutput = 'uniformAverage' | 'rawValues';

/** What metrics of regression take. */
export interface RegressionOptions<Chosen = Multioutput> {
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
  /** How the outputs of a table are averaged; `uniformAverage` by default. */
  multioutput?: Chosen;
}

/** One number, or with `rawValues` one per output. */
export type RegressionScore<Options> = Options extends { multioutput: 'rawValues' } ? number[] : number;

/** True and predicted values of one output. @internal */
export interface OutputRows {
  truth: Float32Array | Float64Array;
  predicted: Float32Array | Float64Array;
  weights: Float64Array | undefined;
}

/**
 * Checks true and predicted values and gives them output by output.
 *
 * @throws {DataError} Sizes differ, there are no rows, or a value is not finite.
 * @internal
 */
export function readOutputs(
  where: string,
  yTrue: ValueTargets,
  yPred: ValueTargets,
  sampleWeight: ArrayLike<number> | undefined,
): OutputRows[] {
  const [truth, predicted] = [readNumbers(where, 'yTrue', yTrue), readNumbers(where, 'yPred', yPred)];
  checkLength(where, 'yTrue', truth.rows, 'yPred', predicted.rows);
  checkColumns(where, 'yTrue and yPred', truth.columns, predicted.columns);
  const weights = readWeights(where, sampleWeight, truth.rows);
  const list = (grid: Grid, column: number) => (grid.columns === 1 ? grid.data : columnOf(grid, column));
  return Array.from({ length: truth.columns }, (_, column) => ({
    truth: list(truth, column),
    predicted: list(predicted, column),
    weights,
  }));
}

/** A metric's value over all outputs. @internal */
export function scoreOutputs(
  where: string,
  yTrue: ValueTargets,
  yPred: ValueTargets,
  options: RegressionOptions,
  score: (rows: OutputRows) => number,
): number | number[] {
  checkOptionNames(where, options, ['sampleWeight', 'multioutput']);
  checkMultioutput(where, options.multioutput, ['uniformAverage', 'rawValues']);
  const scores = readOutputs(where, yTrue, yPred, options.sampleWeight).map(score);
  return options.multioutput === 'rawValues' ? scores : meanOf(scores);
}

/** @throws {ConfigError} The way to average is unknown. @internal */
export function checkMultioutput(where: string, multioutput: string | undefined, known: readonly string[]): void {
  if (multioutput === undefined || known.includes(multioutput)) return;
  throw new ConfigError(`${where}: multioutput must be ${known.join(', ')}, got ${String(multioutput)}`, {
    multioutput,
  });
}

/** @internal */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
