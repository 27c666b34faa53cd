import { ConfigError } from '../../util/errors.js';
import { flagName } from '../flags/fields.js';
import type { CliIo, RegisterVerb } from '../io.js';
import { modelFolder } from '../task/model_folder.js';
import { readTask } from '../task/saved_task.js';
import { evaluateTask, type EvaluationRequest, otherTask } from '../train/evaluate_task.js';
import type { TrainTask } from '../train/tasks/task.js';
import { inTurn } from '../task/in_turn.js';
import { Classifier } from './classifier.js';
import { compareModels } from './compare.js';
import { evalFields, type EvalOptions, labelledRows, type LabelledRow } from './eval_rows.js';
import { addClassifierFlags, checkThreshold, classifierOptions } from './options.js';
import { Scorer, type Scores } from './scorer.js';
import { tellComparison } from './tell_comparison.js';

/** Loss and metrics of a classifier over a file, in constant memory. */
async function evaluateFile(classifier: Classifier, options: EvalOptions, io: CliIo): Promise<Scores> {
  const scorer = new Scorer(classifier.problem, options.threshold);
  const run = async (rows: LabelledRow[]) => ({
    labels: rows.map(({ label }) => label),
    logits: await classifier.logitsOf(rows, io.signal),
  });
  const rows = labelledRows(classifier, options, io, (label) => label);
  for await (const { labels, logits } of inTurn(rows, run)) scorer.add(logits, labels);
  return scorer.scores();
}

function textOf(scores: Scores): string {
  const lines = Object.entries(scores).map(([name, value]) => `${name.padEnd(16)} ${Number(value.toPrecision(6))}\n`);
  return lines.join('');
}

function tell(scores: Scores, given: Readonly<Record<string, unknown>>, io: CliIo): void {
  if (given['json'] !== true) io.stdout(textOf(scores));
  io.stdout(`${JSON.stringify(scores)}\n`);
}

/** @throws ConfigError for what only classifiers of texts take */
async function evaluateOther(
  task: TrainTask,
  { compare, threshold, combination, ...request }: EvalOptions & EvaluationRequest,
  io: CliIo,
): Promise<Scores> {
  const odd = Object.entries({ compare, threshold, combination }).find(([, value]) => value !== undefined);
  if (odd === undefined) return evaluateTask('eval', task, request, io);
  throw new ConfigError(`eval: ${flagName(odd[0])} needs a classifier of texts, got a model for ${task.name}`);
}

async function evaluate(given: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  const options = classifierOptions('eval', evalFields, given, ['model', 'data']);
  const [source, data] = [options.model!, options.data!];
  const folder = await modelFolder('eval', source, { revision: options.revision, signal: io.signal });
  const task = otherTask(await readTask(folder));
  if (task !== undefined)
    return tell(await evaluateOther(task, { ...options, model: source, folder, data }, io), given, io);
  const classifier = await Classifier.open('eval', { ...options, model: options.model! }, io.signal);
  try {
    checkThreshold('eval', options.threshold, classifier);
    if (options.compare === undefined) {
      tell(await evaluateFile(classifier, options, io), given, io);
      return;
    }
    const comparison = await compareModels(classifier, options, io);
    if (given['json'] !== true) tellComparison(comparison, io);
    io.stdout(`${JSON.stringify(comparison)}\n`);
  } finally {
    classifier.dispose();
  }
}

/**
 * The verb `eval`: loss and metrics of a trained classifier on a file, or how it differs from another one.
 * @internal
 */
export const registerEval: RegisterVerb = (program, io) => {
  const verb = program.command('eval').description('evaluate a classifier on a file; the last line is one JSON object');
  addClassifierFlags(verb, evalFields)
    .option('--json', 'print that line alone')
    .action((options: Record<string, unknown>) => evaluate(options, io));
};
