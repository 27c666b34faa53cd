import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Dataset } from '../data/index.js';
import { drawPictures, plotTrials } from '../plots/index.js';
import { writePictures } from '../plots/draw.js';
import { releaseCache } from '../tensor/device.js';
import { listCheckpoints, removeCheckpoint, removeLeftovers } from '../train/checkpoint/folders.js';
import type { Trainer } from '../train/index.js';
import { TRAINER_OPTIONS } from '../train/options.js';
import { ensureWritableFolder } from '../util/atomic_write.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError, type ErrorCode, GridstrideError } from '../util/errors.js';
import { checkPlan, type CheckedPlan, PLAN_NAMES, type SearchPlan } from './plan.js';
import { runTrial, type SharedOptions, type TrialParts, type TrialResult } from './run_trial.js';
import { readTrials, type Trial, writeTrials } from './search_file.js';
import { trialRows } from './trials_table.js';

/** What {@link hyperparameterSearch} takes: the plan, what every trial's Trainer gets, and: */
export interface SearchOptions extends SearchPlan, SharedOptions {
  /** Makes the model of a trial, from the values of `modelSpace`; it is disposed when the trial has ended. */
  modelInit: TrialParts['modelInit'];
  /** Makes the callbacks of a trial: they must not share what they keep. */
  callbacks?: (trial: Trial) => TrialCallbacks;
  /** Called whenever a trial begins, ends or goes on. */
  onTrial?: (trial: Trial, trials: readonly Trial[]) => void;
  /** Ends the search after the running step, with a checkpoint of its trial. */
  signal?: AbortSignal | undefined;
}

type TrialCallbacks = ReturnType<NonNullable<TrialParts['callbacks']>>;

/** The end of a search. */
export interface SearchOutput {
  /** The best trial that ran to its end; undefined when all failed. */
  best: Trial | undefined;
  /** Folder of the best trial's model. */
  bestModel: string | undefined;
  trials: readonly Trial[];
}

/** What is each trial's own. */
const OWN_NAMES: readonly string[] = ['model', 'modelInit', 'args', 'callbacks'];
const SHARED_NAMES = TRAINER_OPTIONS.filter((name) => !OWN_NAMES.includes(name)) as readonly (keyof SharedOptions)[];
const OPTION_NAMES = [...PLAN_NAMES, ...SHARED_NAMES, 'modelInit', 'callbacks', 'onTrial', 'signal'];

/** Failures that are a trial's own. What would meet every trial (files, devices, callers' mistakes) ends the search. */
const OF_A_TRIAL: ReadonlySet<ErrorCode> = new Set([
  'OUT_OF_MEMORY',
  'DATA',
  'SHAPE',
  'DTYPE',
  'UNSUPPORTED_OP',
  'QUEUE_FULL',
]);

/** A search under way. */
class Search {
  readonly #plan: CheckedPlan;
  readonly #parts: TrialParts;
  readonly #trials: Trial[];
  readonly #onTrial: SearchOptions['onTrial'];

  constructor(parts: TrialParts, trials: Trial[], onTrial: SearchOptions['onTrial']) {
    this.#plan = parts.plan;
    this.#parts = parts;
    this.#trials = trials;
    this.#onTrial = onTrial;
  }

  async run(): Promise<SearchOutput> {
    const { shares, reduction } = this.#plan;
    await this.#tidy();
    let room = this.#trials.length;
    for (const [rung, share] of shares.entries()) {
      for (const trial of this.#trials)
        if (trial.rungs === rung && ['waiting', 'running', 'paused'].includes(trial.status))
          await this.#advance(trial, share);
      room = Math.floor(room / reduction);
      if (share < 1) await this.#stopAllBut(Math.max(1, room), rung + 1);
    }
    const best = this.#best();
    return { best, bestModel: best && this.#modelFolder(best), trials: this.#trials };
  }

  /** Trials that may still win, or have ended well, best first. */
  #ranked(trials: readonly Trial[]): Trial[] {
    const sign = this.#plan.isMaximized ? -1 : 1;
    return [...trials].sort((a, b) => sign * (a.objective! - b.objective!) || a.id - b.id);
  }

  #best(): Trial | undefined {
    return this.#ranked(this.#trials.filter(({ status }) => status === 'finished'))[0];
  }

  #folder({ id }: Trial): string {
    return path.join(this.#plan.outputDir, `trial-${String(id).padStart(3, '0')}`);
  }

  #modelFolder(trial: Trial): string {
    return path.join(this.#folder(trial), 'model');
  }

  async #change(trial: Trial, change: Partial<Trial>): Promise<void> {
    Object.assign(trial, change);
    await writeTrials(this.#plan, this.#trials);
    this.#onTrial?.({ ...trial }, this.#trials);
  }

  async #advance(trial: Trial, share: number): Promise<void> {
    const folder = this.#folder(trial);
    const start = performance.now();
    const seconds = (): number => trial.seconds + (performance.now() - start) / 1e3;
    await this.#change(trial, { status: 'running' });
    await removeLeftovers(folder);
    try {
      const keep = async (trainer: Trainer, result: TrialResult): Promise<void> => {
        if (share === 1 && this.#wouldLead(trial, result)) await trainer.saveModel(this.#modelFolder(trial));
      };
      const { metrics, objective, step } = await runTrial(this.#parts, { trial, folder, share }, keep);
      const ended = { step, seconds: seconds(), metrics: finiteOnly(metrics), rungs: trial.rungs + 1 };
      if (Number.isFinite(objective)) {
        await this.#change(trial, { ...ended, objective, status: share === 1 ? 'finished' : 'paused' });
      } else await this.#change(trial, { ...ended, status: 'diverged', error: `the metric is ${objective}` });
    } catch (error) {
      if (!(error instanceof GridstrideError) || !OF_A_TRIAL.has(error.code)) {
        await this.#change(trial, { seconds: seconds() });
        throw error;
      }
      const isDiverged = error.code === 'DATA' && 'step' in error.fields && 'loss' in error.fields;
      const status = isDiverged ? 'diverged' : 'failed';
      await this.#change(trial, { status, seconds: seconds(), error: `${error.name}: ${error.message}` });
      if (error.code === 'OUT_OF_MEMORY') releaseCache();
    }
    await this.#tidy();
  }

  #wouldLead(trial: Trial, { objective }: TrialResult): boolean {
    if (!Number.isFinite(objective)) return false;
    const best = this.#best();
    return best === undefined || this.#ranked([best, { ...trial, objective }])[0]!.id === trial.id;
  }

  /** Lets the best trials of a rung go on. */
  async #stopAllBut(kept: number, rungs: number): Promise<void> {
    const paused = this.#trials.filter((trial) => trial.status === 'paused' && trial.rungs === rungs);
    // Of a rung that was decided before the search was killed no more are left than go on.
    if (paused.length <= kept) return;
    const losers = new Set(this.#ranked(paused).slice(kept));
    // In one write: a search killed here has stopped all of them, or none.
    for (const trial of losers) trial.status = 'stopped';
    await writeTrials(this.#plan, this.#trials);
    for (const trial of losers) this.#onTrial?.({ ...trial }, this.#trials);
    await this.#tidy();
  }

  /** Removes what trials that have ended need no more: checkpoints, and all models but the best one's. */
  async #tidy(): Promise<void> {
    const best = this.#best();
    for (const trial of this.#trials) {
      if (['waiting', 'running', 'paused'].includes(trial.status)) continue;
      for (const folder of await listCheckpoints(this.#folder(trial))) await removeCheckpoint(folder);
      if (trial.id !== best?.id) await rm(this.#modelFolder(trial), { recursive: true, force: true });
    }
  }
}

/** JSON has no other numbers. */
function finiteOnly(metrics: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
}

async function writeResults(
  plan: CheckedPlan,
  trials: readonly Trial[],
  signal: AbortSignal | undefined,
): Promise<void> {
  await Dataset.fromArray(trialRows(trials)).toCsv(path.join(plan.outputDir, 'trials.csv'));
  const parameters = plan.dimensions.map(({ name, isLogarithmic }) => ({ name, isLogarithmic }));
  const points = trials.flatMap(({ id, status, objective, params, modelParams }) => {
    const ofModel = Object.entries(modelParams).map(([name, value]) => [`model.${name}`, value] as const);
    return objective === undefined
      ? []
      : [{ id, status, objective, params: { ...params, ...Object.fromEntries(ofModel) } }];
  });
  if (points.length === 0) return;
  const picture = plotTrials(points, { metric: plan.metric, isMaximized: plan.isMaximized, parameters });
  await writePictures(plan.outputDir, await drawPictures([picture], { signal }));
}

/**
 * Looks for good training arguments and settings of a model: a grid, random draws or successive halving, one trial after
 * the other, each a run of a {@link Trainer} in `trial-<id>` of `args.outputDir`. `search.json` there says at any time
 * how the trials stand, and `trials.csv` and `search.svg` (and `.png`) show them at the end. Called again with the same
 * settings in the same folder, a search that was killed or aborted goes on: the trials are the same, those that have
 * ended are not repeated, and the one that was running goes on from its last checkpoint. Only the best trial's model
 * is kept, in its folder's `model`.
 *
 * A trial that diverges or runs out of memory is noted, and the search goes on. Halving lets a trial go on from its
 * checkpoint with the schedule of a whole run: the winner is the same, bit for bit, as if it had run alone.
 *
 * @throws ConfigError for unknown names (with the nearest known one), ranges that are none, settings that contradict
 * each other in any trial, a folder that holds another search, or a metric that the evaluation lacks
 * @throws AbortError when the signal fired, CheckpointError when the folder cannot be written
 *
 * @example
 * ```ts
 * import { AutoModelForSequenceClassification, BertConfig, Dataset, hyperparameterSearch } from 'gridstride';
 * const sizes = { vocabSize: 20, hiddenSize: 16, numHiddenLayers: 1, numAttentionHeads: 2, intermediateSize: 16 };
 * const rows = Dataset.fromArray(Array.from({ length: 8 }, (_, i) => ({ inputIds: [1, 4 + (i % 2), 3], label: i % 2 })));
 * const { best, trials } = await hyperparameterSearch({
 *   args: { outputDir: 'search', maxSteps: 4, saveStrategy: 'no', disableTqdm: true },
 *   space: { learningRate: { type: 'log_uniform', min: 1e-4, max: 1e-2 } },
 *   trials: 3,
 *   modelInit: () => AutoModelForSequenceClassification.fromConfig(new BertConfig(sizes), { seed: 1 }),
 *   trainDataset: rows,
 *   evalDataset: rows,
 * });
 * console.log(trials.length, best!.status); // 3 finished
 * ```
 */
export async function hyperparameterSearch(options: SearchOptions): Promise<SearchOutput> {
  checkOptionNames('hyperparameterSearch', options, OPTION_NAMES);
  const { modelInit, callbacks, onTrial, signal } = options;
  if (typeof modelInit !== 'function') throw new ConfigError('search: modelInit must be a function that makes a model');
  if (options.evalDataset === undefined) throw new ConfigError('search: trials need an evalDataset to be judged by');
  const plan = await checkPlan(options, signal);
  const shared = Object.fromEntries(
    SHARED_NAMES.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
  ) as SharedOptions;
  await ensureWritableFolder(plan.outputDir);
  const trials = await readTrials(plan);
  const search = new Search({ plan, shared, modelInit, callbacks, signal }, trials, onTrial);
  const output = await search.run();
  await writeResults(plan, trials, signal);
  return output;
}
