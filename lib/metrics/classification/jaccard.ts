import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { readWeights } from '../input/lists.js';
import {
  type Average,
  type ScoreOptions,
  SCORE_OPTION_NAMES,
  checkScoreOptions,
  divide,
  labelsToScore,
  meanScore,
  pooled,
  warnUndefined,
} from './averaging.js';
import { countCells } from './cells.js';
import { type LabelTargets, readTargets } from './targets.js';

/**
 * What true and predicted rows of a label have in common over what either has; of class 1 by default
 * (`average: 'binary'`). Values and options are those of scikit-learn's jaccard_score; `average: null` gives one for
 * each label.
 *
 * @param yTrue The true label of each row, or a table of 0 and 1 with a column per label.
 * @param yPred The predicted labels, in the same form.
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 * @throws {ConfigError} An option is unknown, out of range or does not fit the labels.
 *
 * @example
 * ```ts
 * import { jaccardScore } from 'gridstride';
 * console.log(jaccardScore([[1, 0], [1, 1]], [[1, 1], [1, 1]], { average: 'samples' })); // 0.75
 * ```
 */
export function jaccardScore<Chosen extends Average = 'binary'>(
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: ScoreOptions<Chosen> = {},
): Chosen extends null ? number[] : number {
  return jaccard(yTrue, yPred, { average: 'binary', ...options }) as Chosen extends null ? number[] : number;
}

function jaccard(yTrue: LabelTargets, yPred: LabelTargets, options: ScoreOptions): number | number[] {
  const where = 'jaccardScore';
  checkOptionNames(where, options, SCORE_OPTION_NAMES);
  checkScoreOptions(where, options);
  const { average = null, zeroDivision = 0 } = options;
  if (Number.isNaN(zeroDivision)) throw new ConfigError(`${where}: zeroDivision must be 0, 1 or 'warn', got NaN`);
  const targets = readTargets(where, yTrue, yPred);
  const sampleWeights = readWeights(where, options.sampleWeight, targets.rows);
  const cells = countCells(targets, labelsToScore(where, targets, options), sampleWeights, average === 'samples');
  const { truePositives, falsePositives, falseNegatives } = average === 'micro' ? pooled(cells) : cells;
  const union = truePositives.map((count, i) => count + falsePositives[i]! + falseNegatives[i]!);
  const scores = divide(truePositives, union, zeroDivision);
  if (zeroDivision === 'warn') warnUndefined(where, { jaccard: scores });
  if (average === null) return [...scores.values];
  const actual = truePositives.map((count, i) => count + falseNegatives[i]!);
  return meanScore(scores.values, average === 'weighted' ? actual : average === 'samples' ? sampleWeights : undefined);
}
