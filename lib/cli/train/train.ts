import { useThreads } from '../flags/engine_fields.js';
import type { CliIo, RegisterVerb } from '../io.js';
import { prepareRun, runTraining } from './run_training.js';
import { addTrainFlags, givenSettings, trainSettings } from './settings.js';

function shown(value: number): string {
  return String(Number(value.toPrecision(5)));
}

async function train(options: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  const settings = trainSettings('train', await givenSettings(options));
  useThreads(settings.threads);
  const prepared = await prepareRun(settings, io);
  const { data, tokenizer } = prepared;
  const told =
    data.names === undefined ? 'regression' : `${data.names.length} classes (${data.names.slice(0, 8).join(', ')})`;
  const counts = `${data.train.length} rows to train on${data.eval ? `, ${data.eval.length} to evaluate on` : ''}`;
  io.stderr(
    `${counts}; ${data.problem === 'multi_label_classification' ? 'several of ' : ''}${told}; ${tokenizer.vocabSize} tokens\n`,
  );
  const { args } = settings;
  const { globalStep, metrics, model } = await runTraining(prepared, args, io);
  model.dispose();
  const result = { outputDir: args.outputDir, globalStep, ...metrics };
  if (options['json'] === true) return io.stdout(`${JSON.stringify(result)}\n`);
  const lines = Object.entries(metrics).map(([name, value]) => `${name.padEnd(24)} ${shown(value)}\n`);
  io.stdout(`${lines.join('')}saved in ${args.outputDir}\n`);
}

/**
 * The verb `train`: fine-tunes a folder's model, or trains a new one, on a file of texts and labels.
 * @internal
 */
export const registerTrain: RegisterVerb = (program, io) => {
  const verb = program.command('train').description('train a text classifier on a file of texts and labels');
  addTrainFlags(verb)
    .option('--json', 'print the results as one JSON object on the last line')
    .action((options: Record<string, unknown>) => train(options, io));
};
