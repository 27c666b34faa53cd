import type { McnemarResult } from '../../metrics/index.js';
import { ConfigError } from '../../util/errors.js';
import type { CliIo } from '../io.js';
import { inTurn } from '../task/in_turn.js';
import { ClassIndex, type EncodedLabel } from '../task/labels.js';
import { type ChangedRow, Changes, type LabelChange } from './changes.js';
import { Classifier } from './classifier.js';
import { type EvalOptions, labelledRows, type LabelledRow } from './eval_rows.js';
import { namesSaid, THRESHOLD } from './predictions.js';
import { Scorer, type Scores } from './scorer.js';

/** How two models differ on the same rows. @internal */
export interface Comparison {
  /** Of the model given by `--compare`. */
  before: Scores;
  after: Scores;
  /** Absent in regression, as all that follows. */
  mcnemar?: McnemarResult;
  labels?: readonly LabelChange[];
  /** Rows whose prediction is another one, and the first of them. */
  changed?: number;
  examples?: readonly ChangedRow[];
}

/** Names of an encoded label. */
function namesOf({ classes: { names } }: Classifier, label: EncodedLabel): string[] {
  return typeof label === 'number' ? [names[label]!] : names.filter((_, place) => label[place] === 1);
}

/** A row's label as each model encodes it. */
interface BothLabels {
  before: EncodedLabel;
  after: EncodedLabel;
}

/** A label as the other model encodes it. @throws DataError when it does not know it */
function translated(from: Classifier, classes: ClassIndex, label: EncodedLabel, column: string): EncodedLabel {
  if (from.problem === 'regression') return label;
  const names = namesOf(from, label);
  return classes.encode(column, typeof label === 'number' ? names[0]! : names);
}

async function evaluateBoth(
  before: Classifier,
  after: Classifier,
  options: EvalOptions,
  io: CliIo,
): Promise<Comparison> {
  const { threshold = THRESHOLD } = options;
  const scorers = { before: new Scorer(before.problem, threshold), after: new Scorer(after.problem, threshold) };
  const changes = new Changes();
  const known = new ClassIndex(before.classes.names, options.compare);
  const both = (label: EncodedLabel, column: string): BothLabels => ({
    before: translated(after, known, label, column),
    after: label,
  });
  const run = async (rows: LabelledRow<BothLabels>[]) => {
    const [was, is] = [await before.logitsOf(rows, io.signal), await after.logitsOf(rows, io.signal)];
    return { rows, was, is };
  };
  for await (const { rows, was, is } of inTurn(labelledRows(after, options, io, both), run)) {
    const labels = rows.map(({ label }) => label);
    scorers.before.add(
      was,
      labels.map((label) => label.before),
    );
    scorers.after.add(
      is,
      labels.map((label) => label.after),
    );
    if (after.problem === 'regression') continue;
    for (const [i, { text, label }] of rows.entries()) {
      const said = { before: namesSaid(before, was[i]!, threshold), after: namesSaid(after, is[i]!, threshold) };
      changes.add(text, { truth: namesOf(after, label.after), ...said });
    }
  }
  const scores = { before: scorers.before.scores(), after: scorers.after.scores() };
  if (after.problem === 'regression') return scores;
  const { labels, changed, examples } = changes;
  return { ...scores, mcnemar: changes.mcnemar(), labels, changed, examples };
}

/**
 * Evaluates a classifier and the one it is compared with on the same rows.
 * @throws ConfigError when they are of different problems, DataError for a label that one of them does not know
 * @internal
 */
export async function compareModels(after: Classifier, options: EvalOptions, io: CliIo): Promise<Comparison> {
  const { device, dtype, labelSeparator } = options;
  const folder = options.compare!;
  const before = await Classifier.open('eval', { model: folder, device, dtype, labelSeparator }, io.signal);
  try {
    if (before.problem !== after.problem)
      throw new ConfigError(`eval: --compare must be a model of ${after.problem}, got ${before.problem} in ${folder}`);
    return await evaluateBoth(before, after, options, io);
  } finally {
    before.dispose();
  }
}
