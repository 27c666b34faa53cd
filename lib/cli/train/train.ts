import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { TrainingArguments } from '../../train/index.js';
import { listCheckpoints } from '../../train/checkpoint/folders.js';
import { useThreads } from '../flags/engine_fields.js';
import type { CliIo, RegisterVerb } from '../io.js';
import { type PreparedRun, prepareRun, runTraining } from './run_training.js';
import { addTrainFlags, givenSettings, trainSettings } from './settings.js';
import { givenNames } from './start_model.js';

function shown(value: number): string {
  return String(Number(value.toPrecision(5)));
}

/** Told where a model goes on with other classes, or in another order: what it knew of its own is of no use. */
function otherClasses({ point: { folder, config }, data }: PreparedRun): string {
  const [own, names] = [givenNames(config), data.names ?? []];
  if (folder === undefined || own.length === 0 || names.length === 0 || own.join('\n') === names.join('\n')) return '';
  return `other classes than the model's own: ${own.slice(0, 8).join(', ')}\n`;
}

/** Told where an earlier run stands in the folder: `latest` would be a checkpoint of that, and its results go. */
async function earlierRun({ outputDir, resumeFromCheckpoint }: TrainingArguments): Promise<string> {
  if (resumeFromCheckpoint !== undefined && resumeFromCheckpoint !== false) return '';
  const last = (await listCheckpoints(outputDir)).at(-1);
  const hasResults = await stat(path.join(outputDir, 'all_results.json')).catch(() => undefined);
  if (last === undefined && hasResults === undefined) return '';
  const [left, stays] = last === undefined ? ['its results', ''] : [path.basename(last), 'it stays; '];
  return `an earlier run left ${left} in ${outputDir}: ${stays}its model and results are replaced when this one has ended\n`;
}

async function train(options: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  const settings = trainSettings('train', await givenSettings(options));
  useThreads(settings.threads);
  const prepared = await prepareRun(settings, io);
  const { data, tokenizer } = prepared;
  const { rows, told } = data;
  const counts = `${rows.train} rows to train on${rows.eval === undefined ? '' : `, ${rows.eval} to evaluate on`}`;
  io.stderr(`${counts}; ${told}; ${tokenizer.vocabSize} tokens\n`);
  io.stderr(otherClasses(prepared));
  const { args } = settings;
  io.stderr(await earlierRun(args));
  const { globalStep, metrics, model } = await runTraining(prepared, args, io);
  model.dispose();
  const result = { outputDir: args.outputDir, globalStep, ...metrics };
  if (options['json'] === true) return io.stdout(`${JSON.stringify(result)}\n`);
  const lines = Object.entries(metrics).map(([name, value]) => `${name.padEnd(24)} ${shown(value)}\n`);
  io.stdout(`${lines.join('')}saved in ${args.outputDir}\n`);
}

/**
 * The verb `train`: fine-tunes a folder's model, or trains a new one, for one of the tasks, on a file.
 * @internal
 */
export const registerTrain: RegisterVerb = (program, io) => {
  const verb = program
    .command('train')
    .description('train a model for a task on a file of texts: a classifier by default');
  addTrainFlags(verb)
    .option('--json', 'print the results as one JSON object on the last line')
    .action((options: Record<string, unknown>) => train(options, io));
};
