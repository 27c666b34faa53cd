import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError, DataError } from '../util/errors.js';
import { type Label, checkPair, chooseLabels } from './labels.js';
import { type AveragedScores, precisionRecallFscoreSupport } from './precision_recall.js';

/** What {@link classificationReport} takes. */
export interface ReportOptions {
  /** The classes to report, in this order; all that occur, sorted, by default. */
  labels?: readonly Label[];
  /** Their names in the report; the labels themselves by default. */
  targetNames?: readonly string[];
  /** Digits after the point in the text; 2 by default. */
  digits?: number;
  /** The score where nothing was predicted or nothing was there: 0 (the default), 1 or NaN. */
  zeroDivision?: number;
}

/** One line of a report. */
export interface ReportRow {
  precision: number;
  recall: number;
  'f1-score': number;
  /** Number of true rows. */
  support: number;
}

/**
 * A report as an object: a row for each class by name, `macro avg` and `weighted avg`, and `accuracy` (a number)
 * or, when the chosen labels leave out some that occur, the row `micro avg`.
 */
export type ClassificationReport = Record<string, ReportRow | number>;

const OPTION_NAMES = ['labels', 'targetNames', 'digits', 'zeroDivision', 'outputDict'];
/** As many digits as a number can be printed with: enough to see whether it is an exact tie. */
const ALL_DIGITS = 100;
const HEADINGS = ['precision', 'recall', 'f1-score', 'support'] as const;

interface ReportParts {
  classes: [string, ReportRow][];
  averages: [string, ReportRow][];
  isAccuracy: boolean;
  isAnyRight: boolean;
}

/**
 * Precision, recall, F1 and support of each class and their averages, as text in scikit-learn's layout or, with
 * `outputDict: true`, as an object with its keys.
 *
 * @param yTrue The true label of each row.
 * @param yPred The predicted label of each row.
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
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options?: ReportOptions & { outputDict?: false },
): string;
export function classificationReport(
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options: ReportOptions & { outputDict: true },
): ClassificationReport;
export function classificationReport(
  yTrue: ArrayLike<Label>,
  yPred: ArrayLike<Label>,
  options: ReportOptions & { outputDict?: boolean } = {},
): string | ClassificationReport {
  checkOptionNames('classificationReport', options, OPTION_NAMES);
  const { digits = 2 } = options;
  if (!Number.isInteger(digits) || digits < 0 || digits > 20) {
    throw new ConfigError(`classificationReport: digits must be an integer from 0 to 20, got ${digits}`, { digits });
  }
  const parts = reportParts(yTrue, yPred, options);
  return options.outputDict ? toObject(parts) : toText(parts, digits);
}

function reportParts(yTrue: ArrayLike<Label>, yPred: ArrayLike<Label>, options: ReportOptions): ReportParts {
  const where = 'classificationReport';
  const { present } = checkPair(where, yTrue, yPred);
  const labels = chooseLabels(where, present, options.labels);
  const names = options.targetNames ?? labels.map(String);
  if (names.length !== labels.length) {
    const got = `${names.length} for ${labels.length}: give labels to report on other classes`;
    throw new DataError(`${where}: targetNames must be as many as classes, got ${got}`);
  }
  const scoring = { labels, zeroDivision: options.zeroDivision ?? 0 };
  const scores = precisionRecallFscoreSupport(yTrue, yPred, scoring);
  const classes = names.map((name, i): [string, ReportRow] => [
    name,
    {
      precision: scores.precision[i]!,
      recall: scores.recall[i]!,
      'f1-score': scores.fscore[i]!,
      support: scores.support[i]!,
    },
  ]);
  const support = scores.support.reduce((total, rows) => total + rows, 0);
  const averages = (['micro', 'macro', 'weighted'] as const).map((average): [string, ReportRow] => [
    `${average} avg`,
    toRow(precisionRecallFscoreSupport(yTrue, yPred, { ...scoring, average }), support),
  ]);
  const isAccuracy = present.every((label) => labels.includes(label));
  const isAnyRight = Array.prototype.some.call(yTrue, (label, i) => label === yPred[i]);
  return { classes, averages, isAccuracy, isAnyRight };
}

function toRow({ precision, recall, fscore }: AveragedScores, support: number): ReportRow {
  return { precision, recall, 'f1-score': fscore, support };
}

function toObject({ classes, averages, isAccuracy }: ReportParts): ClassificationReport {
  const [micro, ...others] = averages;
  const first: [string, ReportRow | number] = isAccuracy ? ['accuracy', micro![1]['f1-score']] : micro!;
  return Object.fromEntries<ReportRow | number>([...classes, first, ...others]);
}

function toText({ classes, averages, isAccuracy, isAnyRight }: ReportParts, digits: number): string {
  const width = Math.max(...classes.map(([name]) => [...name].length), 'weighted avg'.length, digits);
  const line = (name: string, cells: readonly string[]): string =>
    `${' '.repeat(width - [...name].length)}${name} ${cells.map((cell) => ` ${cell.padStart(9)}`).join('')}\n`;
  const toCells = (row: ReportRow): string[] => [
    ...HEADINGS.slice(0, 3).map((heading) => formatFixed(row[heading], digits)),
    // Where no row at all is right, scikit-learn (1.9) counts in floats.
    isAnyRight ? String(row.support) : row.support.toFixed(1),
  ];
  let text = `${line('', HEADINGS)}\n`;
  for (const [name, row] of classes) text += line(name, toCells(row));
  text += '\n';
  for (const [name, row] of averages) {
    const isAccuracyLine = isAccuracy && name === 'micro avg';
    text += isAccuracyLine ? line('accuracy', ['', '', ...toCells(row).slice(2)]) : line(name, toCells(row));
  }
  return text;
}

/** Digits as Python prints them: an exact tie (0.125 with two digits) goes to the even digit, not up. */
function formatFixed(value: number, digits: number): string {
  if (Number.isNaN(value)) return 'nan';
  const rounded = value.toFixed(digits);
  const exact = value.toFixed(ALL_DIGITS);
  const cut = exact.length - ALL_DIGITS + digits;
  if (!/^50*$/.test(exact.slice(cut))) return rounded;
  const truncated = digits === 0 ? exact.slice(0, cut - 1) : exact.slice(0, cut);
  return Number(truncated.at(-1)) % 2 === 0 ? truncated : rounded;
}
