import { argumentsSchema } from '../train/arguments/schema.js';
import { TrainingArguments, type TrainingArgumentsInit } from '../train/index.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { LoopPacer } from '../util/yield.js';
import { integer, oneOf, parseFields, text } from '../util/fields.js';
import {
  type Dimension,
  dimensionsOf,
  drawParams,
  gridOf,
  MODEL_PREFIX,
  type Params,
  type SearchSpace,
} from './space.js';

/** How a search picks its trials and judges them. */
export interface SearchPlan {
  /** Arguments of every trial; `outputDir` is the folder of the search. */
  args: TrainingArgumentsInit;
  /** Training arguments to search, by name. */
  space?: SearchSpace;
  /** Settings of the model to search, by names of your own: `modelInit` gets their values. */
  modelSpace?: SearchSpace;
  /**
   * `random` (the default); `grid`: every combination; `halving`: as random, but all trials run for a small share of
   * their steps first, and only the best of them go on, to a larger share, and so on (successive halving, Jamieson and
   * Talwalkar 2016).
   */
  strategy?: 'grid' | 'random' | 'halving';
  /** Trials of a random search, or that halving begins with; 10 by default. */
  trials?: number;
  /** Of how many trials halving lets one go on, and how much longer that one runs; 3 by default. */
  reduction?: number;
  /** Of the values drawn; 42 by default. */
  seed?: number;
  /** The evaluation's metric that counts, in Python's spelling or ours; `loss` by default. */
  metric?: string;
  /** By default `minimize` for losses and errors, else `maximize`. */
  direction?: 'minimize' | 'maximize';
}

/** Names of {@link SearchPlan}'s fields. @internal */
export const PLAN_NAMES = [
  'args',
  'space',
  'modelSpace',
  'strategy',
  'trials',
  'reduction',
  'seed',
  'metric',
  'direction',
] as const;

const MOST_TRIALS = 1000;

/** A plan's options but args and spaces, with their rules. @internal */
export const planFields = {
  strategy: oneOf('grid', 'random', 'halving').default('random').describe('grid, random or halving'),
  trials: integer({ max: MOST_TRIALS })
    .optional()
    .describe('trials of a random search, or that halving begins with (default: 10)'),
  reduction: integer({ min: 2, max: 100 })
    .optional()
    .describe('of how many trials halving lets one go on (default: 3)'),
  seed: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).default(42),
  metric: text({ min: 1 }).default('loss').describe("the evaluation's metric that counts"),
  direction: oneOf('minimize', 'maximize')
    .optional()
    .describe('else minimize for losses and errors, maximize for others'),
};

/** A plan that was checked. @internal */
export interface CheckedPlan {
  outputDir: string;
  dimensions: readonly Dimension[];
  /** Arguments and model settings of each trial. */
  trials: readonly { params: Params; modelParams: Params }[];
  /** The share of a run after which the worse trials end, rung by rung; the last is 1. */
  shares: readonly number[];
  reduction: number;
  metric: string;
  isMaximized: boolean;
  /** What a search that is continued must have in common with the one begun. */
  settings: Record<string, unknown>;
  /** The arguments of a trial, in a folder of its own. */
  argumentsOf(params: Params, folder: string): TrainingArguments;
}

/** What a search settles itself. */
const NOT_SEARCHED = new Set(['outputDir', 'resumeFromCheckpoint', 'reportTo', 'disableTqdm']);
/** What does not change what trials come to. */
const FREE = new Set(['output_dir', 'resume_from_checkpoint', 'report_to', 'disable_tqdm']);
const ARGUMENT_NAMES = Object.keys(argumentsSchema.shape);

function checkArguments(args: TrainingArguments, strategy: string): void {
  const refuse = (rule: string): never => {
    throw new ConfigError(`search: ${rule}`);
  };
  if (args.resumeFromCheckpoint !== false)
    refuse('resumeFromCheckpoint must be left out, got it: a search goes on by itself where it stopped');
  if (args.saveOnlyModel) refuse('saveOnlyModel must be false, got true: trials go on from their checkpoints');
  if (strategy === 'halving' && args.saveStrategy === 'best')
    refuse('halving and saveStrategy "best" exclude each other: trials go on from their last step');
}

/** Shares of a run for `trials` trials, of which one in `reduction` goes on. */
function rungsOf(trials: number, reduction: number): number[] {
  let rungs = 0;
  for (let left = trials; left >= reduction; left = Math.floor(left / reduction)) rungs += 1;
  if (rungs === 0)
    throw new ConfigError(
      `search: halving needs at least as many trials as reduction, got ${trials} and ${reduction}`,
      {
        trials,
        reduction,
      },
    );
  return Array.from({ length: rungs + 1 }, (_, i) => reduction ** (i - rungs));
}

/**
 * Checks a plan and works out all its trials, before the first of them runs.
 * @throws ConfigError for unknown names (with the nearest known one), ranges that are none, settings that contradict
 * each other in any trial, AbortError
 * @internal
 */
export async function checkPlan(plan: SearchPlan, signal?: AbortSignal): Promise<CheckedPlan> {
  const { args, space = {}, modelSpace = {} } = plan;
  const options = parseFields('search', planFields, { ...plan });
  const { strategy, seed, metric } = options;
  if (strategy === 'grid' && plan.trials !== undefined)
    throw new ConfigError('search: trials must be left out of a grid, whose values settle them', { strategy });
  if (strategy !== 'halving' && plan.reduction !== undefined)
    throw new ConfigError(`search: reduction belongs to halving, got strategy ${strategy}`, { strategy });
  const searched = dimensionsOf(
    'space',
    space,
    ARGUMENT_NAMES.filter((name) => !NOT_SEARCHED.has(name)),
  );
  const ofModel = dimensionsOf('modelSpace', modelSpace);
  if (searched.length + ofModel.length === 0) throw new ConfigError('search: space or modelSpace must name a setting');
  checkOptionNames('search: args', args, ARGUMENT_NAMES);
  const base = new TrainingArguments(args);
  const { trials: count = 10, reduction = 3 } = options;
  const dimensions = [...searched, ...ofModel];
  const all =
    strategy === 'grid'
      ? gridOf(dimensions, MOST_TRIALS)
      : Array.from({ length: count }, (_, id) => drawParams(dimensions, seed, id));
  const trials = all.map((values) => {
    const entries = Object.entries(values);
    const ofTrial = (prefix: string): Params =>
      Object.fromEntries(
        entries
          .filter(([name]) => name.startsWith(MODEL_PREFIX) === (prefix !== ''))
          .map(([name, value]) => [name.slice(prefix.length), value]),
      );
    return { params: ofTrial(''), modelParams: ofTrial(MODEL_PREFIX) };
  });
  const argumentsOf = (params: Params, folder: string): TrainingArguments =>
    new TrainingArguments({ ...args, ...params, outputDir: folder } as TrainingArgumentsInit);
  const pacer = new LoopPacer('search', { signal });
  for (const { params } of trials) {
    checkArguments(argumentsOf(params, base.outputDir), strategy);
    if (pacer.isDue()) await pacer.pause();
  }
  const direction = options.direction ?? (/(?:loss|mse|mae|rmse|error)$/i.test(metric) ? 'minimize' : 'maximize');
  const fixed = Object.entries(base.toJson()).filter(([name]) => !FREE.has(name));
  return {
    outputDir: base.outputDir,
    dimensions,
    trials,
    shares: strategy === 'halving' ? rungsOf(count, reduction) : [1],
    reduction,
    metric,
    isMaximized: direction === 'maximize',
    settings: {
      args: Object.fromEntries(fixed),
      space,
      modelSpace,
      strategy,
      trials: trials.length,
      reduction,
      seed,
      metric,
      direction,
    },
    argumentsOf,
  };
}
