import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { type Label, type LabelList, encodeLabels, isUsualPair } from '../input/labels.js';
import { readWeights, totalOver } from '../input/lists.js';
import { type NumberTable, readNumbers } from '../input/tables.js';
import { type BinaryOptions, readBinary } from './binary.js';
import { checkProbabilities } from './inputs.js';
import { readProbabilities } from './log_loss.js';

/** What {@link brierScoreLoss} takes. */
export interface BrierOptions extends BinaryOptions {
  /** The class of each column of a table, in their order; all that occur in `yTrue`, sorted, by default. */
  labels?: readonly Label[];
  /** Whether the score is halved, to lie from 0 to 1; by default where there are at most two classes. */
  scaleByHalf?: boolean | 'auto';
}

/**
 * The mean squared distance between probabilities and what happened. Values are those of scikit-learn's
 * brier_score_loss; the positive class of one column is by default 1 where labels are 0 and 1 or -1 and 1, else the
 * greatest number.
 *
 * @param yTrue The true label of each row.
 * @param yProba The probability of the positive class for each row, or a table with a column per class.
 * @throws {DataError} Sizes that do not fit, no rows, labels of mixed types, more than two classes for one column, or
 *   rows that are no probabilities.
 * @throws {ConfigError} An option is unknown or out of range, or `posLabel` is missing for labels that are texts.
 *
 * @example
 * ```ts
 * import { brierScoreLoss } from 'gridstride';
 * console.log(brierScoreLoss([0, 1, 1], [0.5, 1, 0.5]).toFixed(4)); // 0.1667
 * ```
 */
export function brierScoreLoss(
  yTrue: LabelList,
  yProba: ArrayLike<number> | NumberTable,
  options: BrierOptions = {},
): number {
  const where = 'brierScoreLoss';
  checkOptionNames(where, options, ['posLabel', 'sampleWeight', 'labels', 'scaleByHalf']);
  const { labels, sampleWeight, scaleByHalf = 'auto' } = options;
  if (![true, false, 'auto'].includes(scaleByHalf)) {
    throw new ConfigError(`${where}: scaleByHalf must be true, false or auto, got ${String(scaleByHalf)}`);
  }
  const numbers = readNumbers(where, 'yProba', yProba);
  const isHalved = scaleByHalf === 'auto' ? numbers.columns < 3 : scaleByHalf;
  const scale = isHalved ? 0.5 : 1;
  if (numbers.columns === 1) {
    const posLabel = options.posLabel ?? greatestLabel(where, yTrue);
    const binary = readBinary(
      where,
      yTrue,
      yProba,
      { ...options, ...(posLabel !== undefined && { posLabel }) },
      'yProba',
    );
    checkProbabilities(where, 'yProba', numbers);
    const errorOf = (row: number): number => 2 * (binary.scores[row]! - binary.truth[row]!) ** 2;
    return scale * totalOver(numbers.rows, errorOf, binary.weights);
  }
  const { places, probabilities } = readProbabilities(where, yTrue, yProba, labels);
  const { rows, columns, data } = probabilities;
  const errorOf = (row: number): number => {
    let sum = 0;
    for (let j = 0; j < columns; j++) sum += (data[row * columns + j]! - (places[row] === j ? 1 : 0)) ** 2;
    return sum;
  };
  return scale * totalOver(rows, errorOf, readWeights(where, sampleWeight, rows));
}

/** The positive class of numbers that are not 0 and 1 or -1 and 1; nothing where a rule of all scores settles it. */
function greatestLabel(where: string, yTrue: LabelList): Label | undefined {
  const { classes } = encodeLabels(where, { yTrue });
  if (classes.length > 2) {
    throw new DataError(`${where}: yProba must have a column per class, got 1 for ${classes.length}`);
  }
  const greatest = classes.at(-1)!;
  return typeof greatest === 'string' || isUsualPair(classes) ? undefined : greatest;
}
