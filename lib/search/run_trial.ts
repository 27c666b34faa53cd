import { listCheckpoints } from '../train/checkpoint/folders.js';
import { metricName } from '../train/metric_names.js';
import { type TrainableModel, Trainer, type TrainerCallback, type TrainerOptions } from '../train/index.js';
import { throwIfAborted } from '../util/abort.js';
import { didYouMean } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import type { CheckedPlan } from './plan.js';
import type { Trial } from './search_file.js';
import type { SearchValue } from './space.js';
import { TrialCallback } from './trial_callback.js';

/** What every trial's Trainer gets. */
export type SharedOptions = Omit<TrainerOptions, 'model' | 'modelInit' | 'args' | 'callbacks'>;

/** What trials are made of. @internal */
export interface TrialParts {
  plan: CheckedPlan;
  shared: SharedOptions;
  modelInit(params: Readonly<Record<string, SearchValue>>, trial: Trial): TrainableModel | Promise<TrainableModel>;
  callbacks: ((trial: Trial) => readonly TrainerCallback[]) | undefined;
  signal: AbortSignal | undefined;
}

/** What a trial came to. @internal */
export interface TrialResult {
  metrics: Record<string, number>;
  objective: number;
  step: number;
}

/** The evaluation of the model as it is left: the log's where it holds it. */
async function evaluationOf(trainer: Trainer, signal: AbortSignal | undefined): Promise<Record<string, number>> {
  const { logHistory, globalStep, bestModelCheckpoint, bestGlobalStep } = trainer.state;
  const isBest = trainer.args.loadBestModelAtEnd && bestModelCheckpoint !== undefined;
  const step = isBest ? bestGlobalStep : globalStep;
  const logged = logHistory.findLast((entry) => entry.step === step && 'evalRuntime' in entry);
  if (logged === undefined) return trainer.evaluate(undefined, signal && { signal });
  return Object.fromEntries(Object.entries(logged).filter(([name]) => name.startsWith('eval')));
}

function objectiveOf(metrics: Readonly<Record<string, number>>, metric: string): number {
  const value = metrics[metricName(metric, 'eval')];
  if (value !== undefined) return value;
  const known = Object.keys(metrics).filter((name) => name.startsWith('eval'));
  const near = didYouMean(metricName(metric, 'eval'), known);
  throw new ConfigError(`search: metric must be one of the evaluation's ${known.join(', ')}, got ${metric}${near}`, {
    metric,
    known,
  });
}

function freed(model: TrainableModel | undefined): void {
  (model as { dispose?: () => void } | undefined)?.dispose?.();
}

/**
 * Trains a trial up to a share of its steps, from its last checkpoint where it has one, and evaluates it.
 * @param folder of the trial
 * @param keep called with the Trainer while its model is there
 * @throws AbortError after a checkpoint, and whatever training throws
 * @internal
 */
export async function runTrial(
  { plan, shared, modelInit, callbacks, signal }: TrialParts,
  { trial, folder, share }: { trial: Trial; folder: string; share: number },
  keep: (trainer: Trainer, result: TrialResult) => Promise<void>,
): Promise<TrialResult> {
  throwIfAborted(signal, 'search');
  const args = plan.argumentsOf(trial.params, folder);
  let model: TrainableModel | undefined;
  const init = async () => (model = await modelInit(trial.modelParams, trial));
  try {
    const own = [new TrialCallback(share, signal), ...(callbacks?.(trial) ?? [])];
    const trainer = new Trainer({ ...shared, modelInit: init, args, callbacks: own });
    const hasCheckpoint = (await listCheckpoints(folder)).length > 0;
    await trainer.train({ resumeFromCheckpoint: hasCheckpoint });
    throwIfAborted(signal, 'search');
    const metrics = await evaluationOf(trainer, signal);
    const result = { metrics, objective: objectiveOf(metrics, plan.metric), step: trainer.state.globalStep };
    await keep(trainer, result);
    return result;
  } finally {
    freed(model);
  }
}
