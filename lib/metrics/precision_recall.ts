import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { type ClassCounts, type Label, checkPair, chooseLabels, countClasses } from './labels.js';

/**
 * How the classes' scores become one: that of `posLabel` alone (binary), of all rows together (micro), the plain mean
 * (macro), the mean weighted by the classes' rows (weighted), or not at all (null).
 */
export type Average = 'binary' | 'micro' | 'macro' | 'weighted' | null;

/** What precision, recall and F scores take. */
export interface ScoreOptions<Chosen extends Average = Average> {
  /** The classes to score, in this order; all that occur, sorted, by default. */
  labels?: readonly Label[];
  /** The class that `average: 'binary'` scores; 1 by default. */
  posLabel?: Label;
  average?: Chosen;
  /** The score where nothing was predicted or nothing was there; 0 by default, NaN leaves the class out of means. */
  zeroDivision?: number;
}

/** Scores of all classes together. */
export interface AveragedScores {
  precision: number;
  recall: number;
  fscore: number;
  support: null;
}

/** Scores of each class; `support` is the number of its rows. */
export interface ClassScores {
  precision: number[];
  recall: number[];
  fscore: number[];
  support: number[];
}

const OPTION_NAMES = ['labels', 'posLabel', 'average', 'zeroDivision', 'beta'];

type Options<Chosen extends Average> = ScoreOptions<Chosen> & { beta?: number };

function checkOptions(where: string, { average = null, zeroDivision = 0, beta = 1 }: Options<Average>): void {
  if (average !== null && !['binary', 'micro', 'macro', 'weighted'].includes(average)) {
    const rule = 'average must be binary, micro, macro, weighted or null';
    throw new ConfigError(`${where}: ${rule}, got ${String(average)}`, { average });
  }
  if (zeroDivision !== 0 && zeroDivision !== 1 && !Number.isNaN(zeroDivision)) {
    throw new ConfigError(`${where}: zeroDivision must be 0, 1 or NaN, got ${zeroDivision}`, { zeroDivision });
  }
  if (!(beta >= 0)) throw new ConfigError(`${where}: beta must be 0 or more, got ${beta}`, { beta });
}

function labelsToScore(where: string, present: readonly Label[], options: Options<Average>): readonly Label[] {
  if (options.average !== 'binary') return chooseLabels(where, present, options.labels);
  const { posLabel = 1 } = options;
  if (present.length > 2) {
    const rule = 'average must be micro, macro, weighted or null for more than two classes';
    throw new ConfigError(`${where}: ${rule}, got binary for ${present.length}`, { classes: present.length });
  }
  if (present.length === 2 && !present.includes(posLabel)) {
    throw new ConfigError(`${where}: posLabel must be one of ${present.join(', ')}, got ${posLabel}`, { posLabel });
  }
  return [posLabel];
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** The mean over scores that are numbers; weights that are all zero are ignored. */
function mean(scores: readonly number[], weights?: readonly number[]): number {
  const counted = scores
    .map((score, i) => ({ score, weight: weights?.[i] ?? 1 }))
    .filter((x) => !Number.isNaN(x.score));
  const total = sum(counted.map((x) => x.weight));
  if (total === 0) return sum(counted.map((x) => x.score)) / counted.length;
  return sum(counted.map((x) => x.score * x.weight)) / total;
}

function scoresOf(counts: ClassCounts, zeroDivision: number, beta: number): ClassScores {
  const { truePositives: hits, predicted, actual } = counts;
  const divide = (a: number, b: number): number => (b === 0 ? zeroDivision : a / b);
  const precision = hits.map((hit, i) => divide(hit, predicted[i]!));
  const recall = hits.map((hit, i) => divide(hit, actual[i]!));
  const square = beta * beta;
  const fscore = hits.map((hit, i) => {
    if (square === Infinity) return recall[i]!;
    if (beta === 0) return precision[i]!;
    return divide((1 + square) * hit, square * actual[i]! + predicted[i]!);
  });
  return { precision, recall, fscore, support: actual };
}

/**
 * Precision, recall and F score (`beta` weighs recall against precision; 1 by default) of each class or averaged.
 * Values and options are those of scikit-learn's precision_recall_fscore_support.
 *
 * @param yTrue The true label of each row.
 * @param yPred The predicted label of each row.
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 * @throws {ConfigError} An option is unknown, out of range or does not fit the labels.
 *
 * @example
 * ```ts
 * import { precisionRecallFscoreSupport } from 'gridstride';
 * const { recall, support } = precisionRecallFscoreSupport([0, 0, 1, 1], [0, 1, 1, 1]);
 * console.log(recall, support); // [ 0.5, 1 ] [ 2, 2 ]
 * ```
 */
export function precisionRecallFscoreSupport(
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options?: Options<null>,
): ClassScores;
export function precisionRecallFscoreSupport(
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options: Options<Exclude<Average, null>> & { average: Exclude<Average, null> },
): AveragedScores;
export function precisionRecallFscoreSupport(
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options: Options<Average> = {},
): ClassScores | AveragedScores {
  return scorePair('precisionRecallFscoreSupport', yTrue, yPred, options);
}

function scorePair(
  where: string,
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options: Options<Average>,
): ClassScores | AveragedScores {
  checkOptionNames(where, options, OPTION_NAMES);
  checkOptions(where, options);
  const { average = null, zeroDivision = 0, beta = 1 } = options;
  const labels = labelsToScore(where, checkPair(where, yTrue, yPred).present, options);
  const counts = countClasses(yTrue, yPred, labels);
  if (average === null) return scoresOf(counts, zeroDivision, beta);
  const { truePositives, predicted, actual } = counts;
  const pooled = { truePositives: [sum(truePositives)], predicted: [sum(predicted)], actual: [sum(actual)] };
  const scores = scoresOf(average === 'micro' ? pooled : counts, zeroDivision, beta);
  const weights = average === 'weighted' ? actual : undefined;
  return {
    precision: mean(scores.precision, weights),
    recall: mean(scores.recall, weights),
    fscore: mean(scores.fscore, weights),
    support: null,
  };
}

type ScoreName = 'precision' | 'recall' | 'fscore';
type SingleScore<Chosen extends Average> = Chosen extends null ? number[] : number;

function scoreBy<Chosen extends Average>(where: string, name: ScoreName) {
  return (yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>, options: ScoreOptions<Chosen>): SingleScore<Chosen> =>
    scorePair(where, yTrue, yPred, { average: 'binary', ...options })[name] as SingleScore<Chosen>;
}

/**
 * The share of rows predicted as a class that are of it; of class 1 by default (`average: 'binary'`).
 * Values and options are those of scikit-learn's precision_score; `average: null` gives one for each class.
 *
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 * @throws {ConfigError} An option is unknown, out of range or does not fit the labels.
 *
 * @example
 * ```ts
 * import { precisionScore } from 'gridstride';
 * precisionScore([0, 1, 1], [1, 1, 1]); // 0.6666666666666666
 * ```
 */
export function precisionScore<Chosen extends Average = 'binary'>(
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options: ScoreOptions<Chosen> = {},
): SingleScore<Chosen> {
  return scoreBy<Chosen>('precisionScore', 'precision')(yTrue, yPred, options);
}

/**
 * The share of a class's rows that are predicted as it; of class 1 by default (`average: 'binary'`).
 * Values and options are those of scikit-learn's recall_score; `average: null` gives one for each class.
 *
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 * @throws {ConfigError} An option is unknown, out of range or does not fit the labels.
 *
 * @example
 * ```ts
 * import { recallScore } from 'gridstride';
 * recallScore(['ham', 'spam'], ['ham', 'ham'], { posLabel: 'spam' }); // 0
 * ```
 */
export function recallScore<Chosen extends Average = 'binary'>(
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options: ScoreOptions<Chosen> = {},
): SingleScore<Chosen> {
  return scoreBy<Chosen>('recallScore', 'recall')(yTrue, yPred, options);
}

/**
 * The harmonic mean of precision and recall; of class 1 by default (`average: 'binary'`).
 * Values and options are those of scikit-learn's f1_score; `average: null` gives one for each class.
 *
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 * @throws {ConfigError} An option is unknown, out of range or does not fit the labels.
 *
 * @example
 * ```ts
 * import { f1Score } from 'gridstride';
 * f1Score([0, 1, 2, 0], [0, 1, 1, 0], { average: 'macro' }); // 0.5555555555555555
 * ```
 */
export function f1Score<Chosen extends Average = 'binary'>(
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options: ScoreOptions<Chosen> = {},
): SingleScore<Chosen> {
  return scoreBy<Chosen>('f1Score', 'fscore')(yTrue, yPred, options);
}
