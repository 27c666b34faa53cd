import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import type { Label } from '../input/labels.js';
import { readWeights } from '../input/lists.js';
import { countCells } from './cells.js';
import { type LabelTargets, chosenLabels, readTargets } from './targets.js';

/** What {@link multilabelConfusionMatrix} takes. */
export interface MultilabelConfusionOptions {
  /** The labels, in this order; all that occur, sorted, by default. Of a table: numbers of columns. */
  labels?: readonly Label[];
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
  /** A matrix for each row in place of each label; tables only. */
  samplewise?: boolean;
}

/** Rows (or their weight) that are not (first index 0) or are of a label, and were not or were predicted as it. */
export type BinaryConfusion = [[trueNegatives: number, falsePositives: number], [falseNegatives: number, hits: number]];

/**
 * A matrix of two classes, "is of this label or not", for each label (or row). Values are those of scikit-learn's
 * multilabel_confusion_matrix.
 *
 * @param yTrue The true label of each row, or a table of 0 and 1 with a column per label.
 * @param yPred The predicted labels, in the same form.
 * @returns (labels, 2, 2), or with `samplewise` (rows, 2, 2).
 * @throws {DataError} Unequal lengths, no rows, or labels that are neither all integers nor all strings.
 * @throws {ConfigError} An option is unknown or does not fit the labels.
 *
 * @example
 * ```ts
 * import { multilabelConfusionMatrix } from 'gridstride';
 * const [first] = multilabelConfusionMatrix([[1, 0], [1, 1]], [[1, 1], [0, 1]]);
 * console.log(JSON.stringify(first)); // [[0,0],[1,1]]
 * ```
 */
export function multilabelConfusionMatrix(
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: MultilabelConfusionOptions = {},
): BinaryConfusion[] {
  const where = 'multilabelConfusionMatrix';
  checkOptionNames(where, options, ['labels', 'sampleWeight', 'samplewise']);
  const targets = readTargets(where, yTrue, yPred);
  const { samplewise = false } = options;
  if (samplewise && !targets.isMultilabel) {
    throw new ConfigError(`${where}: samplewise must be false for one label a row, got true`);
  }
  const weights = readWeights(where, options.sampleWeight, targets.rows);
  const cells = countCells(targets, chosenLabels(where, targets, options.labels), weights, samplewise);
  return Array.from(cells.truePositives, (hits, i): BinaryConfusion => [
    [cells.trueNegatives[i]!, cells.falsePositives[i]!],
    [cells.falseNegatives[i]!, hits],
  ]);
}
