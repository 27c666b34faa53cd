import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { readJsonFile } from '../io/json_file.js';
import { writeFileAtomic } from '../util/atomic_write.js';
import { CheckpointError, ConfigError } from '../util/errors.js';
import { shown } from '../util/shown.js';
import type { CheckedPlan } from './plan.js';
import type { SearchValue } from './space.js';

/** How a trial stands. `stopped`: halving let others go on; `diverged`: its loss or metric is no number any more. */
export type TrialStatus = 'waiting' | 'running' | 'paused' | 'finished' | 'stopped' | 'failed' | 'diverged';

/** One trial of a search. */
export interface Trial {
  /** Its number, from 0. */
  id: number;
  /** Training arguments tried. */
  params: Readonly<Record<string, SearchValue>>;
  /** Settings of the model tried. */
  modelParams: Readonly<Record<string, SearchValue>>;
  status: TrialStatus;
  /** Rungs of halving done; 1 of other searches when it has finished. */
  rungs: number;
  /** Optimizer steps done. */
  step: number;
  /** Seconds of training and evaluation, of this and earlier processes; those of a killed one are not known. */
  seconds: number;
  /** What the search judges by, of the last evaluation. */
  objective?: number | undefined;
  /** The last evaluation, `evalLoss` ... */
  metrics: Record<string, number>;
  /** Why it failed. */
  error?: string | undefined;
}

const FILE = 'search.json';
const LARGEST = 64 << 20;

const value = z.union([z.string(), z.number(), z.boolean(), z.null()]);
const trialSchema = z.object({
  id: z.number().int().nonnegative(),
  params: z.record(z.string(), value),
  modelParams: z.record(z.string(), value),
  status: z.enum(['waiting', 'running', 'paused', 'finished', 'stopped', 'failed', 'diverged']),
  rungs: z.number().int().nonnegative(),
  step: z.number().int().nonnegative(),
  seconds: z.number().nonnegative(),
  objective: z.number().optional(),
  metrics: z.record(z.string(), z.number()),
  error: z.string().optional(),
});
const searchSchema = z.object({ settings: z.record(z.string(), z.unknown()), trials: z.array(trialSchema) });

function freshTrials({ trials }: CheckedPlan): Trial[] {
  return trials.map(({ params, modelParams }, id) => ({
    id,
    params,
    modelParams,
    status: 'waiting',
    rungs: 0,
    step: 0,
    seconds: 0,
    metrics: {},
  }));
}

/** Objects as a file gives them back. */
function plain<T>(json: T): T {
  return JSON.parse(JSON.stringify(json)) as T;
}

function checkSame(
  file: string,
  saved: Readonly<Record<string, unknown>>,
  settings: Readonly<Record<string, unknown>>,
): void {
  const now = plain(settings);
  const other = Object.keys({ ...saved, ...now }).find((name) => !isDeepStrictEqual(saved[name], now[name]));
  if (other === undefined) return;
  const got = `${shown(now[other])} in place of ${shown(saved[other])}`;
  throw new ConfigError(
    `search: the folder must be empty or hold this search, got another ${other} (${got}) in ${file}`,
    {
      path: file,
      setting: other,
    },
  );
}

/**
 * The trials of a search as a folder's `search.json` has them, or new ones.
 * @throws ConfigError where the folder holds another search, CheckpointError where the file is malformed
 * @internal
 */
export async function readTrials(plan: CheckedPlan): Promise<Trial[]> {
  const file = path.join(plan.outputDir, FILE);
  let json: unknown;
  try {
    json = await readJsonFile(file, { maxBytes: LARGEST });
  } catch (error) {
    if (error instanceof CheckpointError && error.fields['reason'] === 'ENOENT') return freshTrials(plan);
    throw error;
  }
  const parsed = searchSchema.safeParse(json);
  const fresh = freshTrials(plan);
  if (parsed.success) {
    checkSame(file, parsed.data.settings, plan.settings);
    const isSame = ({ id, params, modelParams }: Trial, i: number): boolean =>
      isDeepStrictEqual({ id, params, modelParams }, plain({ id: i, ...plan.trials[i] }));
    if (parsed.data.trials.length === fresh.length && parsed.data.trials.every(isSame)) return parsed.data.trials;
  }
  const field = parsed.error?.issues[0]?.path.join('.') ?? 'trials';
  throw new CheckpointError(`search: ${field} in ${file} is not what a search writes`, { path: file, field });
}

/** Writes `search.json`. @throws CheckpointError when it cannot be written @internal */
export async function writeTrials({ outputDir, settings }: CheckedPlan, trials: readonly Trial[]): Promise<void> {
  await writeFileAtomic(path.join(outputDir, FILE), `${JSON.stringify({ settings, trials }, null, 2)}\n`);
}
