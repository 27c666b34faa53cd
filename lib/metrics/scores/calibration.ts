import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import type { Label, LabelList } from '../input/labels.js';
import { type Grid, type NumberTable, readNumbers } from '../input/tables.js';
import { readBinary } from './binary.js';
import { readColumns } from './columns.js';
import { checkProbabilities } from './inputs.js';

/** What {@link calibrationCurve} takes. */
export interface CalibrationOptions {
  /** The class that the probabilities are of; 1 by default where labels are 0 and 1 or -1 and 1. */
  posLabel?: Label;
  /** Number of bins; 5 by default, 15 for {@link expectedCalibrationError}. */
  nBins?: number;
  /** Bins of one width (the default), or of as many rows each as ties allow. */
  strategy?: 'uniform' | 'quantile';
}

/** Bins that have rows, from the lowest probability up. */
export interface CalibrationCurve {
  /** Share of rows of the class. */
  probTrue: number[];
  /** Mean predicted probability. */
  probPred: number[];
  /** Number of rows. */
  counts: number[];
}

const OPTION_NAMES = ['posLabel', 'nBins', 'strategy'];

/**
 * How often rows of about the same predicted probability are of the class. Values are those of scikit-learn's
 * calibration_curve; a probability on the border of two bins belongs to the lower one.
 *
 * @param yTrue The true label of each row; two classes.
 * @param yProb The probability of the positive class for each row.
 * @throws {DataError} Unequal lengths, no rows, more than two classes, or values that are no probabilities.
 * @throws {ConfigError} An option is unknown or out of range, or `posLabel` is missing where it cannot be told.
 *
 * @example
 * ```ts
 * import { calibrationCurve } from 'gridstride';
 * const { probTrue, counts } = calibrationCurve([0, 0, 1, 1], [0.1, 0.2, 0.3, 0.9], { nBins: 2 });
 * console.log(counts, probTrue[1]); // [ 3, 1 ] 1
 * ```
 */
export function calibrationCurve(
  yTrue: LabelList,
  yProb: ArrayLike<number>,
  options: CalibrationOptions = {},
): CalibrationCurve {
  const where = 'calibrationCurve';
  checkOptionNames(where, options, OPTION_NAMES);
  const { truth, confidence } = readPositive(where, yTrue, readNumbers(where, 'yProb', yProb), options.posLabel);
  return curveOf(where, truth, confidence, { nBins: 5, ...options });
}

/**
 * The mean distance between predicted probability and share of right rows, over bins weighted by their rows (Naeini et
 * al., AAAI 2015; Guo et al., ICML 2017). Of a table, how sure the model is of the class it predicts; of one column, how
 * well the probability of the positive class is calibrated.
 *
 * @param yTrue The true label of each row.
 * @param yProba A table of probabilities with a column per class, or those of the positive class.
 * @throws {DataError} Sizes that do not fit, no rows, or values that are no probabilities.
 * @throws {ConfigError} An option is unknown or out of range, or `posLabel` is missing where it cannot be told.
 *
 * @example
 * ```ts
 * import { expectedCalibrationError } from 'gridstride';
 * console.log(expectedCalibrationError([0, 1], [[0.75, 0.25], [0.5, 0.5]])); // 0.375
 * ```
 */
export function expectedCalibrationError(
  yTrue: LabelList,
  yProba: ArrayLike<number> | NumberTable,
  options: CalibrationOptions & { labels?: readonly Label[] } = {},
): number {
  const where = 'expectedCalibrationError';
  checkOptionNames(where, options, [...OPTION_NAMES, 'labels']);
  const grid = readNumbers(where, 'yProba', yProba);
  const { truth, confidence } =
    grid.columns === 1
      ? readPositive(where, yTrue, grid, options.posLabel)
      : readConfidence(where, yTrue, grid, options.labels);
  const { probTrue, probPred, counts } = curveOf(where, truth, confidence, { nBins: 15, ...options });
  const distances = counts.map((count, bin) => count * Math.abs(probTrue[bin]! - probPred[bin]!));
  return distances.reduce((sum, distance) => sum + distance, 0) / truth.length;
}

interface Judged {
  /** 1 where what the probability is of came true. */
  truth: ArrayLike<number>;
  confidence: ArrayLike<number>;
}

function readPositive(where: string, yTrue: LabelList, grid: Grid, posLabel: Label | undefined): Judged {
  const { data, rows } = grid;
  const table = { data, shape: [rows, grid.columns] } as const;
  const binary = readBinary(where, yTrue, table, { ...(posLabel !== undefined && { posLabel }) }, 'yProb');
  if (binary.present.length > 2) {
    throw new DataError(`${where}: yTrue must be of at most two classes, got ${binary.present.length}`);
  }
  checkProbabilities(where, 'yProb', grid);
  return { truth: binary.truth, confidence: data };
}

function readConfidence(where: string, yTrue: LabelList, grid: Grid, labels?: readonly Label[]): Judged {
  checkProbabilities(where, 'yProba', grid);
  const places = readColumns(where, yTrue, grid, 'yProba', labels);
  const { rows, columns, data } = grid;
  const [truth, confidence] = [new Uint8Array(rows), new Float64Array(rows)];
  for (let row = 0; row < rows; row++) {
    let best = 0;
    for (let j = 1; j < columns; j++) if (data[row * columns + j]! > data[row * columns + best]!) best = j;
    confidence[row] = data[row * columns + best]!;
    truth[row] = best === places[row] ? 1 : 0;
  }
  return { truth, confidence };
}

function curveOf(where: string, truth: ArrayLike<number>, confidence: ArrayLike<number>, options: CalibrationOptions) {
  const borders = bordersOf(where, confidence, options);
  const bins = borders.length + 1;
  const [sums, hits, counts] = [new Float64Array(bins), new Float64Array(bins), new Float64Array(bins)];
  for (let row = 0; row < confidence.length; row++) {
    const bin = countBelow(borders, confidence[row]!);
    sums[bin]! += confidence[row]!;
    hits[bin]! += truth[row]!;
    counts[bin]! += 1;
  }
  const filled = [...counts.keys()].filter((bin) => counts[bin]! > 0);
  return {
    probTrue: filled.map((bin) => hits[bin]! / counts[bin]!),
    probPred: filled.map((bin) => sums[bin]! / counts[bin]!),
    counts: filled.map((bin) => counts[bin]!),
  };
}

/** The borders between bins, rounded as numpy's linspace and percentile round them. */
function bordersOf(where: string, values: ArrayLike<number>, { nBins = 5, strategy = 'uniform' }: CalibrationOptions) {
  if (!Number.isInteger(nBins) || nBins < 1 || nBins > 1e6) {
    throw new ConfigError(`${where}: nBins must be an integer from 1 to 1000000, got ${nBins}`, { nBins });
  }
  if (strategy !== 'uniform' && strategy !== 'quantile') {
    throw new ConfigError(`${where}: strategy must be uniform or quantile, got ${String(strategy)}`, { strategy });
  }
  const shares = Float64Array.from({ length: nBins - 1 }, (_, i) => (i + 1) * (1 / nBins));
  if (strategy === 'uniform') return shares;
  const sorted = Float64Array.from(values).sort();
  return shares.map((share) => {
    const place = ((share * 100) / 100) * (sorted.length - 1);
    const [low, part] = [Math.floor(place), place % 1];
    const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
    return part < 0.5 ? a + (b - a) * part : b - (b - a) * (1 - part);
  });
}

/** How many borders lie below a value; they are ascending. */
function countBelow(borders: Float64Array, value: number): number {
  let [low, high] = [0, borders.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (borders[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
