import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import type { Label } from '../input/labels.js';
import { readWeights } from '../input/lists.js';
import { checkScoreOptions, pooled, warnUndefined } from './averaging.js';
import { countCells } from './cells.js';
import { averageScores, ratiosOf } from './precision_recall.js';
import { type ReportParts, pairwiseSum, reportText } from './report_text.js';
import { type ClassTargets, type MultilabelTargets, type LabelTargets, chosenLabels, readTargets } from './targets.js';

/** What {@link classificationReport} takes. */
export interface ReportOptions {
  /** The classes to report, in this order; all that occur, sorted, by default. Of a table: numbers of columns. */
  labels?: readonly Label[];
  /** Their names in the report; the labels themselves by default. */
  targetNames?: readonly string[];
  /** Digits after the point in the text; 2 by default. */
  digits?: number;
  /** How much each row counts; 1 by default. */
  sampleWeight?: ArrayLike<number>;
  /** As {@link ScoreOptions} has it. */
  zeroDivision?: number | 'warn';
}

/** One line of a report. */
export interface ReportRow {
  precision: number;
  recall: number;
  'f1-score': number;
  /** True rows, or their weight. */
  support: number;
}

/**
 * A report as an object: a row for each class by name, `macro avg` and `weighted avg`, and `accuracy` (a number)
 * or, of several labels a row or when the chosen labels leave out some that occur, the row `micro avg`; of several
 * labels a row, `samples avg` too.
 */
export type ClassificationReport = Record<string, ReportRow | number>;

const OPTION_NAMES = ['labels', 'targetNames', 'digits', 'sampleWeight', 'zeroDivision', 'outputDict'];

/**
 * Precision, recall, F1 and support of each class and their averages, as text in scikit-learn's layout or, with
 * `outputDict: true`, as an object with its keys.
 *
 * @param yTrue The true label of each row, or a table of 0 and 1 with a column per label.
 * @param yPred The predicted labels, in the same form.
 * @throws {DataError} Unequal lengths, no rows, labels of mixed types, or names that are not as many as labels.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { classificationReport } from 'gridstride';
 * console.log(classificationReport([0, 0, 1], [0, 1, 1], { targetNames: ['ham', 'spam'] }));
 * const { accuracy } = classificationReport([0, 0, 1], [0, 1, 1], { outputDict: true });
 * console.log(accuracy); // 0.6666666666666666
 * ```
 */
export function classificationReport(
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options?: ReportOptions & { outputDict?: false },
): string;
export function classificationReport(
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: ReportOptions & { outputDict: true },
): ClassificationReport;
export function classificationReport(
  yTrue: LabelTargets,
  yPred: LabelTargets,
  options: ReportOptions & { outputDict?: boolean } = {},
): string | ClassificationReport {
  checkOptionNames('classificationReport', options, OPTION_NAMES);
  const { digits = 2 } = options;
  if (!Number.isInteger(digits) || digits < 0 || digits > 20) {
    throw new ConfigError(`classificationReport: digits must be an integer from 0 to 20, got ${digits}`, { digits });
  }
  const parts = reportParts(yTrue, yPred, options);
  return options.outputDict ? toObject(parts) : reportText(parts, digits);
}

function reportParts(yTrue: LabelTargets, yPred: LabelTargets, options: ReportOptions): ReportParts {
  const where = 'classificationReport';
  const { zeroDivision = 0, sampleWeight } = options;
  checkScoreOptions(where, { zeroDivision });
  const targets = readTargets(where, yTrue, yPred);
  const weights = readWeights(where, sampleWeight, targets.rows);
  const labels = chosenLabels(where, targets, options.labels);
  const names = chooseNames(where, labels, options.targetNames);
  const cells = countCells(targets, labels, weights);
  const { precision, recall, fscore, actual } = ratiosOf(cells, zeroDivision);
  if (zeroDivision === 'warn') warnUndefined(where, { precision, recall, fscore });
  const classes = names.map((name, i): [string, ReportRow] => [
    name,
    {
      precision: precision.values[i]!,
      recall: recall.values[i]!,
      'f1-score': fscore.values[i]!,
      support: actual[i]!,
    },
  ]);
  const support = pairwiseSum(actual);
  const kinds = ['micro', 'macro', 'weighted', 'samples'] as const;
  const averages = kinds.slice(0, targets.isMultilabel ? 4 : 3).map((average): [string, ReportRow] => {
    const scored = average === 'samples' ? countCells(targets, labels, weights, true) : cells;
    const ratios = ratiosOf(average === 'micro' ? pooled(scored) : scored, zeroDivision);
    const { fscore: f1, ...scores } = averageScores(ratios, average, weights);
    return [`${average} avg`, { precision: scores.precision, recall: scores.recall, 'f1-score': f1, support }];
  });
  const isAccuracy = !targets.isMultilabel && targets.present.every((label) => labels.includes(label));
  return { classes, averages, isAccuracy, isInFloats: weights !== undefined || !isAnyRight(targets) };
}

/** Where no row at all is right, scikit-learn (1.9) counts in floats. */
function isAnyRight(targets: ClassTargets | MultilabelTargets): boolean {
  return targets.isMultilabel || targets.truth.some((code, row) => code === targets.predicted[row]);
}

function chooseNames(where: string, labels: readonly Label[], names: readonly string[] | undefined): readonly string[] {
  if (names === undefined) return labels.map(String);
  if (names.length === labels.length) return names;
  const got = `${names.length} for ${labels.length}: give labels to report on other classes`;
  throw new DataError(`${where}: targetNames must be as many as classes, got ${got}`);
}

function toObject({ classes, averages, isAccuracy }: ReportParts): ClassificationReport {
  const [micro, ...others] = averages;
  const first: [string, ReportRow | number] = isAccuracy ? ['accuracy', micro![1].precision] : micro!;
  return Object.fromEntries<ReportRow | number>([...classes, first, ...others]);
}
