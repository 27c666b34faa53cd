import { formatTrials, hyperparameterSearch, type SearchOutput, type Trial } from '../../search/index.js';
import { checkPlan } from '../../search/plan.js';
import { metricName } from '../../train/metric_names.js';
import { checkOptionNames, didYouMean } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { useThreads } from '../flags/engine_fields.js';
import { addFlags } from '../flags/fields.js';
import type { CliIo, RegisterVerb } from '../io.js';
import { prepareRun, type PreparedRun, trainerParts } from '../train/run_training.js';
import { addTrainFlags, givenSettings } from '../train/settings.js';
import { startModel } from '../train/start_model.js';
import { placed, searchFields, searchOwnFields, type SearchSettings, searchSettings } from './settings.js';

function tellTrial(io: CliIo, { id, status, objective, step, error }: Trial): void {
  if (status === 'running') return;
  const result = error ?? `${objective === undefined ? '' : Number(objective.toPrecision(5))} after ${step} steps`;
  io.stderr(`trial ${id}: ${status}, ${result}\n`);
}

function checkNames({ plan }: SearchSettings, { point, data }: PreparedRun): void {
  checkOptionNames('search: modelSpace', plan.modelSpace ?? {}, Object.keys(point.config));
  const { metric = 'loss' } = plan;
  const known = data.metrics;
  if (known.some((name) => metricName(name, 'eval') === metricName(metric, 'eval'))) return;
  const near = didYouMean(metric, known);
  throw new ConfigError(`search: --metric must be one of ${known.join(', ')}, got ${metric}${near}`, { metric, known });
}

async function runSearch(settings: SearchSettings, io: CliIo): Promise<SearchOutput> {
  const { training, plan } = settings;
  // Before files are read: a plan that cannot be run is told of at once.
  const { trials, shares } = await checkPlan(plan, io.signal);
  useThreads(training.threads);
  const prepared = await prepareRun(training, io);
  checkNames(settings, prepared);
  const { point, data, tokenizer } = prepared;
  const { signal } = io;
  const { device, lora, task } = training;
  const startPlace = { device, lora, task };
  const start = (seed: number, config: Readonly<Record<string, unknown>>) =>
    startModel(point, data, tokenizer, { ...startPlace, seed, config, signal });
  const first = await start(training.args.seed, {});
  const shared = await trainerParts(prepared, first, signal).finally(() => first.dispose());
  io.stderr(`${trials.length} trials${shares.length > 1 ? `, ${shares.length} rungs` : ''}; ${data.rows.train} rows\n`);
  return hyperparameterSearch({
    ...shared,
    ...plan,
    modelInit: (config, { params }) => start((params['seed'] as number | undefined) ?? training.args.seed, config),
    onTrial: (trial) => tellTrial(io, trial),
    signal,
  });
}

async function search(options: Readonly<Record<string, unknown>>, io: CliIo): Promise<void> {
  let output: SearchOutput;
  try {
    output = await runSearch(searchSettings(await givenSettings(options, searchFields)), io);
  } catch (error) {
    throw await placed(error, options['config'] as string | undefined);
  }
  const { best, bestModel, trials } = output;
  if (best === undefined) io.exitCode = 1;
  if (options['json'] === true) return io.stdout(`${JSON.stringify({ best, bestModel, trials })}\n`);
  io.stdout(`${formatTrials(trials)}\n`);
  io.stdout(
    best === undefined ? 'no trial ran to its end\n' : `best: trial ${best.id}, its model is in ${bestModel}\n`,
  );
}

/**
 * The verb `search`: hyperparameters of `train`, by grid, random draws or successive halving.
 * @internal
 */
export const registerSearch: RegisterVerb = (program, io) => {
  const verb = program
    .command('search')
    .description('search for good training arguments: the options of train, a space, and a strategy');
  addFlags(verb, searchOwnFields, 'Search:');
  addTrainFlags(verb)
    .option('--json', 'print best trial and all trials as one JSON object on the last line')
    .action((options: Record<string, unknown>) => search(options, io));
};
