import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { readWeights } from '../input/lists.js';
import {
  type Average,
  type Ratios,
  type ScoreOptions,
  SCORE_OPTION_NAMES,
  checkScoreOptions,
  divide,
  labelsToScore,
  meanScore,
  pooled,
  warnUndefined,
} from './averaging.js';
import { type Cells, countCells } from './cells.js';
import { type LabelTargets, readTargets } from './targets.js';

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

const OPTION_NAMES = [...SCORE_OPTION_NAMES, 'beta'];

/** What F scores take: `beta` weighs recall against precision; 1 by default. */
export type FscoreOptions<Chosen extends Average> = ScoreOptions<Chosen> & { beta?: number };
/** @internal */
export type ScoreName = 'precision' | 'recall' | 'fscore';

/** Scores place by place, and how many rows are of each. @internal */
export interface LabelRatios extends Record<ScoreName, Ratios> {
  actual: Float64Array;
}

/** Precision, recall and F score from cells, place by place. @internal */
export function ratiosOf(
  { truePositives, falsePositives, falseNegatives }: Cells,
  zeroDivision: number | 'warn',
  beta = 1,
): LabelRatios {
  const predicted = truePositives.map((count, i) => count + falsePositives[i]!);
  const actual = truePositives.map((count, i) => count + falseNegatives[i]!);
  const precision = divide(truePositives, predicted, zeroDivision);
  const recall = divide(truePositives, actual, zeroDivision);
  const square = beta * beta;
  const weighed = (): Ratios =>
    divide(
      truePositives.map((count) => (1 + square) * count),
      actual.map((count, i) => square * count + predicted[i]!),
      zeroDivision,
    );
  const fscore = square === Infinity ? recall : beta === 0 ? precision : weighed();
  return { precision, recall, fscore, actual };
}

/** The mean of each score over labels or rows. @internal */
export function averageScores(
  scores: LabelRatios,
  average: Exclude<Average, null>,
  sampleWeights?: Float64Array,
): AveragedScores {
  const weights = average === 'weighted' ? scores.actual : average === 'samples' ? sampleWeights : undefined;
  return {
    precision: meanScore(scores.precision.values, weights),
    recall: meanScore(scores.recall.values, weights),
    fscore: meanScore(scores.fscore.values, weights),
    support: null,
  };
}

/**
 * Precision, recall and F score (`beta` weighs recall against precision; 1 by default) of each class or averaged.
 * Values and options are those of scikit-learn's precision_recall_fscore_support.
 *
 * @param yTrue The true label of each row, or a table of 0 and 1 with a column per label.
 * @param yPred The predicted labels, in the same form.
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
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options?: FscoreOptions<null>,
): ClassScores;
export function precisionRecallFscoreSupport(
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: FscoreOptions<Exclude<Average, null>> & { average: Exclude<Average, null> },
): AveragedScores;
export function precisionRecallFscoreSupport(
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: FscoreOptions<Average> = {},
): ClassScores | AveragedScores {
  return scorePair('precisionRecallFscoreSupport', yTrue, yPred, options);
}

/** Scores with an error's text that names the function called. @internal */
export function scorePair(
  where: string,
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: FscoreOptions<Average>,
  warnFor: readonly ScoreName[] = ['precision', 'recall', 'fscore'],
): ClassScores | AveragedScores {
  checkOptionNames(where, options, OPTION_NAMES);
  checkScoreOptions(where, options);
  const { average = null, zeroDivision = 0, beta = 1, sampleWeight } = options;
  if (!(beta >= 0)) throw new ConfigError(`${where}: beta must be 0 or more, got ${beta}`, { beta });
  const targets = readTargets(where, yTrue, yPred);
  const weights = readWeights(where, sampleWeight, targets.rows);
  const cells = countCells(targets, labelsToScore(where, targets, options), weights, average === 'samples');
  const scores = ratiosOf(average === 'micro' ? pooled(cells) : cells, zeroDivision, beta);
  if (zeroDivision === 'warn') warnUndefined(where, Object.fromEntries(warnFor.map((name) => [name, scores[name]])));
  if (average !== null) return averageScores(scores, average, weights);
  const { precision, recall, fscore, actual } = scores;
  return {
    precision: [...precision.values],
    recall: [...recall.values],
    fscore: [...fscore.values],
    support: [...actual],
  };
}
