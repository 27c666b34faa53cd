import { checkOptionNames } from '../../util/did_you_mean.js';
import { type Average, type ScoreOptions, SCORE_OPTION_NAMES } from './averaging.js';
import { type FscoreOptions, type ScoreName, scorePair } from './precision_recall.js';
import type { LabelTargets } from './targets.js';

type SingleScore<Chosen extends Average> = Chosen extends null ? number[] : number;

function oneScore<Chosen extends Average>(
  where: string,
  name: ScoreName,
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: FscoreOptions<Chosen>,
): SingleScore<Chosen> {
  checkOptionNames(where, options, where === 'fbetaScore' ? [...SCORE_OPTION_NAMES, 'beta'] : SCORE_OPTION_NAMES);
  return scorePair(where, yTrue, yPred, { average: 'binary', ...options }, [name])[name] as SingleScore<Chosen>;
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
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: ScoreOptions<Chosen> = {},
): SingleScore<Chosen> {
  return oneScore('precisionScore', 'precision', yTrue, yPred, options);
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
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: ScoreOptions<Chosen> = {},
): SingleScore<Chosen> {
  return oneScore('recallScore', 'recall', yTrue, yPred, options);
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
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: ScoreOptions<Chosen> = {},
): SingleScore<Chosen> {
  return oneScore('f1Score', 'fscore', yTrue, yPred, options);
}

/**
 * The weighted harmonic mean of precision and recall, where recall counts `beta` times as much; of class 1 by default
 * (`average: 'binary'`). Values and options are those of scikit-learn's fbeta_score.
 *
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 * @throws {ConfigError} An option is unknown, out of range or does not fit the labels.
 *
 * @example
 * ```ts
 * import { fbetaScore } from 'gridstride';
 * console.log(fbetaScore([0, 1, 1, 1], [0, 1, 0, 0], { beta: 0.5 })); // 0.7142857142857143
 * ```
 */
export function fbetaScore<Chosen extends Average = 'binary'>(
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: ScoreOptions<Chosen> & { beta: number },
): SingleScore<Chosen> {
  return oneScore('fbetaScore', 'fscore', yTrue, yPred, options);
}
