import { ConfigError } from '../../util/errors.js';
import type { ReportRow } from '../classification/classification_report.js';
import { type ReportParts, reportText } from '../classification/report_text.js';
import { ENTITY_OPTION_NAMES, type EntityOptions, checkEntityOptions } from './entity_counts.js';
import { type TagLists, countEntities } from './entity_scores.js';

/** What {@link entityReport} takes. */
export interface EntityReportOptions extends EntityOptions {
  /** Digits after the point in the text; 2 by default. */
  digits?: number;
}

/** A report as an object: a row for each type by name, then `micro avg`, `macro avg` and `weighted avg`. */
export type EntityReport = Record<string, ReportRow>;

/**
 * Precision, recall, F1 and number of the entities of each type and their averages, as text in seqeval's layout or, with
 * `outputDict: true`, as an object with its keys.
 *
 * @param yTrue The true tags of each sentence, such as `B-PER`.
 * @param yPred The predicted ones.
 * @throws {DataError} Sentences differ in length, there are none, or a tag is none of the scheme's.
 * @throws {ConfigError} An option is unknown or out of range.
 *
 * @example
 * ```ts
 * import { entityReport } from 'gridstride';
 * const [yTrue, yPred] = [[['B-PER', 'I-PER', 'O', 'B-LOC']], [['B-PER', 'O', 'O', 'B-LOC']]];
 * console.log(entityReport(yTrue, yPred));
 * console.log(entityReport(yTrue, yPred, { outputDict: true })['LOC']?.support); // 1
 * ```
 */
export function entityReport(
  yTrue: TagLists,
  yPred: TagLists,
  options?: EntityReportOptions & { outputDict?: false },
): string;
export function entityReport(
  yTrue: TagLists,
  yPred: TagLists,
  options: EntityReportOptions & { outputDict: true },
): EntityReport;
export function entityReport(
  yTrue: TagLists,
  yPred: TagLists,
  options: EntityReportOptions & { outputDict?: boolean } = {},
): string | EntityReport {
  const where = 'entityReport';
  checkEntityOptions(where, options, [...ENTITY_OPTION_NAMES, 'digits', 'outputDict']);
  const { digits = 2 } = options;
  if (!Number.isInteger(digits) || digits < 0 || digits > 20)
    throw new ConfigError(`${where}: digits must be an integer from 0 to 20, got ${digits}`, { digits });
  const parts = partsOf(where, yTrue, yPred, options);
  return options.outputDict === true
    ? Object.fromEntries([...parts.classes, ...parts.averages])
    : reportText(parts, digits);
}

function partsOf(where: string, yTrue: TagLists, yPred: TagLists, options: EntityOptions): ReportParts {
  const counts = countEntities(where, yTrue, yPred, options);
  const { precision, recall, fscore, actual } = counts.ratios();
  const classes = counts.types.map((type, i): [string, ReportRow] => {
    const scores = { precision: precision.values[i]!, recall: recall.values[i]! };
    return [type, { ...scores, 'f1-score': fscore.values[i]!, support: actual[i]! }];
  });
  const averages = (['micro', 'macro', 'weighted'] as const).map((average): [string, ReportRow] => {
    const { f1, ...scores } = counts.averaged(average);
    return [`${average} avg`, { ...scores, 'f1-score': f1, support: counts.support }];
  });
  return { classes, averages, isAccuracy: false, isInFloats: false };
}
