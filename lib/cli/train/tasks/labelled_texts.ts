import { Dataset, tokenizeRows, type TokenizedRow } from '../../../data/index.js';
import type { ProblemType } from '../../../models/index.js';
import type { PreTrainedTokenizer } from '../../../tokenizers/index.js';
import { DataError } from '../../../util/errors.js';
import type { CliIo } from '../../io.js';
import { type Columns, columnsOf } from '../../task/columns.js';
import {
  ClassIndex,
  classesFor,
  type EncodedLabel,
  inferProblem,
  type LabelRules,
  type RawLabel,
  readLabel,
} from '../../task/labels.js';
import { readRows, type TextRow } from '../../task/read_rows.js';
import type { SavedTask } from '../../task/saved_task.js';
import type { TrainSettings } from '../settings.js';
import { atRow, collect } from './read_all.js';
import { givenNames, type StartingPoint, type Targets } from '../start_model.js';

/** A row whose label is encoded. @internal */
export type LabelledText = TextRow & { label: EncodedLabel };

/** Texts and their labels, to learn from. @internal */
export interface LabelledTexts extends Targets {
  problem: ProblemType;
  train: readonly LabelledText[];
  eval: readonly LabelledText[] | undefined;
  /** To be saved with the model. */
  task: SavedTask;
}

/** The problem as the caller or the model says it; undefined: to be told from the labels. */
function knownProblem(
  { problemType, labelSeparator }: TrainSettings,
  { config }: StartingPoint,
): ProblemType | undefined {
  return problemType ?? (labelSeparator === undefined ? config.problemType : 'multi_label_classification');
}

async function allRows<Label>(
  where: string,
  source: string,
  columns: Columns,
  label: (value: unknown) => Label,
  io: CliIo,
) {
  const all = await collect(where, source, readRows(where, source, { columns, label }, io));
  return all as (TextRow<Label> & { label: Label })[];
}

/**
 * Reads the files of a run, with their labels encoded.
 * @throws DataError naming file and line of what is no text, no label, or in the evaluation none of the training's
 * @internal
 */
export async function readLabelledTexts(
  where: string,
  settings: TrainSettings,
  point: StartingPoint,
  io: CliIo,
): Promise<LabelledTexts> {
  const { train: source, eval: evalSource } = settings;
  const columns = columnsOf(where, source, settings, point.task);
  const separator = settings.labelSeparator ?? point.task.labelSeparator ?? ',';
  const known = knownProblem(settings, point);
  const rulesOf = (problem: ProblemType, column: string): LabelRules => ({ column, problem, separator });
  const asGiven = (value: unknown): unknown => {
    if (known !== undefined) return readLabel(rulesOf(known, columns.label), value);
    // Whatever the problem will turn out to be, a label is there.
    if (!Array.isArray(value)) readLabel(rulesOf('single_label_classification', columns.label), value);
    return value;
  };
  const rows = await allRows(where, source, columns, asGiven, io);
  const problem = known ?? inferProblem(rows.map(({ label }) => label));
  const rules = rulesOf(problem, columns.label);
  const labels =
    known === undefined
      ? rows.map(({ label }, i) => atRow(source, i, () => readLabel(rules, label)))
      : rows.map(({ label }) => label as RawLabel);
  const names =
    problem === 'regression' ? undefined : (settings.labels ?? classesFor(givenNames(point.config), labels));
  if (names?.length === 0)
    throw new DataError(`${where}: ${source} must hold labels, got none in column ${columns.label}`);
  if (names?.length === 1 && problem === 'single_label_classification')
    throw new DataError(`${where}: ${source} must hold two classes or more, got ${names[0]} alone`);
  const index = new ClassIndex(names ?? []);
  const train = rows.map((row, i) => ({
    ...row,
    label: atRow(source, i, () => index.encode(columns.label, labels[i]!)),
  }));
  let evalRows: LabelledText[] | undefined;
  if (evalSource !== undefined) {
    const evalColumns = columnsOf(where, evalSource, settings, point.task);
    const encode = (value: unknown) =>
      index.encode(evalColumns.label, readLabel(rulesOf(problem, evalColumns.label), value));
    evalRows = await allRows(where, evalSource, evalColumns, encode, io);
  }
  const { text: textColumn, textPair: textPairColumn, label: labelColumn, header } = columns;
  const quote = settings.quote ?? point.task.quote;
  const labelSeparator = problem === 'multi_label_classification' ? separator : undefined;
  return {
    problem,
    names,
    train,
    eval: evalRows,
    task: { textColumn, textPairColumn, labelColumn, labelSeparator, header, quote },
  };
}

/** Rows as the Trainer takes them. @throws TokenizerError, ConfigError, AbortError @internal */
export async function encodeRows(
  rows: readonly LabelledText[],
  tokenizer: PreTrainedTokenizer,
  { maxLength, stride }: { maxLength: number; stride: number | undefined },
  signal: AbortSignal,
): Promise<Dataset<TokenizedRow>> {
  const dataset = Dataset.fromArray(rows) as unknown as Dataset;
  const pairs = rows[0]!.textPair === undefined ? {} : { textPairColumn: 'textPair' };
  const windows = stride === undefined ? {} : { stride };
  return (await tokenizeRows(dataset, tokenizer, {
    ...pairs,
    ...windows,
    maxLength,
    signal,
  })) as unknown as Dataset<TokenizedRow>;
}
