import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import type { LabelTargets } from '../classification/targets.js';
import { type Label, type LabelList, encodeLabels } from '../input/labels.js';
import { readWeights } from '../input/lists.js';
import { type Grid, type NumberTable, isTable, readNumbers } from '../input/tables.js';
import { type BinaryRows, countByThreshold, readBinary } from './binary.js';
import { type ColumnAverage, averageColumns, checkAverage, oneHot, plainMean, readColumns } from './columns.js';
import { rocOf } from './curves.js';
import { checkSumsToOne, readIndicatorLike } from './inputs.js';

/** What {@link rocAucScore} takes. */
export interface RocAucOptions {
  /** How columns of a table are averaged; macro by default. */
  average?: ColumnAverage;
  /** For more than two classes: each class against the rest, or each pair of classes. Needed there. */
  multiClass?: 'ovr' | 'ovo';
  /** The class of each column of `yScore`; all that occur in `yTrue`, sorted, by default. */
  labels?: readonly Label[];
  /** Only the curve up to this false positive rate, standardized so that chance stays 0.5; two classes only. */
  maxFpr?: number;
  /** How much each row counts; 1 by default. Not with `ovo`. */
  sampleWeight?: ArrayLike<number>;
}

const OPTION_NAMES = ['average', 'multiClass', 'labels', 'maxFpr', 'sampleWeight'];

/**
 * Area under the receiver operating characteristic: the chance that a row of a class scores higher than another row.
 * Values are those of scikit-learn's roc_auc_score; NaN where a class has no row, or no other has. All scores are held
 * and sorted.
 *
 * @param yTrue The true label of each row, or a table of 0 and 1 with a column per label.
 * @param yScore Of two classes, the score of the greater label for each row; of more, a table of probabilities with a
 *   column per class; of several labels a row, a table of scores with a column per label.
 * @returns One number, or with `average: null` one per column.
 * @throws {DataError} Sizes that do not fit, no rows, labels of mixed types, or scores that are not finite.
 * @throws {ConfigError} An option is unknown, out of range or does not fit the labels.
 *
 * @example
 * ```ts
 * import { rocAucScore } from 'gridstride';
 * console.log(rocAucScore([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])); // 0.75
 * ```
 */
export function rocAucScore<Options extends RocAucOptions = RocAucOptions>(
  yTrue: LabelTargets,
  yScore: ArrayLike<number> | NumberTable,
  options?: Options,
): Options['average'] extends null ? number[] : number;
export function rocAucScore(
  yTrue: LabelTargets,
  yScore: ArrayLike<number> | NumberTable,
  options: RocAucOptions = {},
): number | number[] {
  const where = 'rocAucScore';
  checkOptionNames(where, options, OPTION_NAMES);
  const { average = 'macro', maxFpr, sampleWeight } = options;
  checkAverage(where, average, ['micro', 'macro', 'weighted', 'samples', null]);
  if (maxFpr !== undefined && !(maxFpr > 0 && maxFpr <= 1)) {
    throw new ConfigError(`${where}: maxFpr must be above 0 and at most 1, got ${maxFpr}`, { maxFpr });
  }
  const score = (rows: BinaryRows): number => binaryAuc(rows, maxFpr);
  const scores = readNumbers(where, 'yScore', yScore);
  if (isTable(yTrue)) {
    const truth = readIndicatorLike(where, yTrue, scores);
    return averageColumns(truth, scores, score, average, readWeights(where, sampleWeight, scores.rows));
  }
  const labels = yTrue as LabelList;
  const { classes } = encodeLabels(where, { yTrue: labels });
  if (classes.length > 2 || scores.columns > 2) return multiclassAuc(where, labels, scores, options);
  const posLabel = classes.at(-1)!;
  return score(readBinary(where, labels, yScore, { posLabel, ...(sampleWeight && { sampleWeight }) }));
}

/** The area of two classes, or NaN where one has no row. @internal */
export function binaryAuc(rows: BinaryRows, maxFpr = 1): number {
  if (maxFpr < 1) return partialAuc(rows, maxFpr);
  const { truePositives: hits, falsePositives: others } = countByThreshold(rows);
  let area = others[0]! * hits[0]!;
  for (let i = 1; i < hits.length; i++) area += (others[i]! - others[i - 1]!) * (hits[i]! + hits[i - 1]!);
  return area / 2 / (hits.at(-1)! * others.at(-1)!);
}

/** McClish's standardized area up to a false positive rate (Medical Decision Making 9, 1989). */
function partialAuc(rows: BinaryRows, maxFpr: number): number {
  const { fpr, tpr } = rocOf(rows);
  if (Number.isNaN(fpr[0]) || Number.isNaN(tpr[0])) return Number.NaN;
  let area = 0;
  for (let i = 1; i < fpr.length && fpr[i - 1]! < maxFpr; i++) {
    const width = fpr[i]! - fpr[i - 1]!;
    const inside = Math.min(fpr[i]!, maxFpr) - fpr[i - 1]!;
    const end = width === 0 ? tpr[i]! : tpr[i - 1]! + ((tpr[i]! - tpr[i - 1]!) * inside) / width;
    area += (inside * (tpr[i - 1]! + end)) / 2;
  }
  const least = maxFpr ** 2 / 2;
  return (1 + (area - least) / (maxFpr - least)) / 2;
}

function multiclassAuc(
  where: string,
  yTrue: LabelList,
  scores: Grid,
  { average = 'macro', multiClass, labels, maxFpr = 1, sampleWeight }: RocAucOptions,
): number | number[] {
  if (maxFpr !== 1) throw new ConfigError(`${where}: maxFpr must be left out for more than two classes, got ${maxFpr}`);
  if (multiClass !== 'ovr' && multiClass !== 'ovo') {
    throw new ConfigError(
      `${where}: multiClass must be ovr or ovo for more than two classes, got ${String(multiClass)}`,
    );
  }
  checkAverage(where, average, multiClass === 'ovr' ? ['micro', 'macro', 'weighted', null] : ['macro', 'weighted']);
  const places = readColumns(where, yTrue, scores, 'yScore', labels);
  checkSumsToOne(where, 'yScore', scores);
  if (multiClass === 'ovr') {
    const weights = readWeights(where, sampleWeight, scores.rows);
    return averageColumns(oneHot(places, scores.columns), scores, binaryAuc, average, weights);
  }
  if (sampleWeight !== undefined) throw new ConfigError(`${where}: sampleWeight must be left out with ovo`);
  return pairwiseAuc(places, scores, average === 'weighted');
}

/** The mean over pairs of classes that have rows (Hand and Till, Machine Learning 45, 2001). */
function pairwiseAuc(places: Int32Array, scores: Grid, isWeighted: boolean): number {
  const rowsOf = Array.from({ length: scores.columns }, (_, place) => rowsAt(places, place));
  const present = [...rowsOf.keys()].filter((place) => rowsOf[place]!.length > 0);
  const areas: number[] = [];
  const sizes: number[] = [];
  for (const [i, a] of present.entries()) {
    for (const b of present.slice(i + 1)) {
      const areaOf = (own: number, other: number): number =>
        binaryAuc(joinRows(scores, own, rowsOf[own]!, rowsOf[other]!));
      areas.push((areaOf(a, b) + areaOf(b, a)) / 2);
      sizes.push(rowsOf[a]!.length + rowsOf[b]!.length);
    }
  }
  return plainMean(areas, isWeighted ? sizes : undefined);
}

/** The rows of a class. */
function rowsAt(places: Int32Array, place: number): Uint32Array {
  const rows = new Uint32Array(places.length);
  let length = 0;
  for (let row = 0; row < places.length; row++) if (places[row] === place) rows[length++] = row;
  return rows.slice(0, length);
}

/** The rows of two classes with the scores of the first. */
function joinRows({ data, columns }: Grid, place: number, own: Uint32Array, other: Uint32Array): BinaryRows {
  const truth = new Uint8Array(own.length + other.length).fill(1, 0, own.length);
  const scores = new Float64Array(truth.length);
  for (let i = 0; i < own.length; i++) scores[i] = data[own[i]! * columns + place]!;
  for (let i = 0; i < other.length; i++) scores[own.length + i] = data[other[i]! * columns + place]!;
  return { truth, scores, weights: undefined };
}
