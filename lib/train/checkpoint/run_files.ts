import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../io/json_file.js';
import { readTorchScheduler } from '../../io/torch/training_state.js';
import { CheckpointError, ConfigError } from '../../util/errors.js';
import { flag, integer, parseFields, real } from '../../util/fields.js';
import { camelKeys } from '../arguments/python_json.js';
import type { Position } from '../epoch_plan.js';
import type { ScalerState } from '../step/loss_scaler.js';

/** Random numbers and the place in the data at which a run goes on: `rng_state.json`. @internal */
export interface RngState {
  /** Stream of dropout's numbers: seed and counters taken. */
  dropout: { seed: number; position: number } | null;
  /** Seed of the order of rows. */
  dataSeed: number;
  /** Place in the order of rows. */
  position: Position;
}

/** Where the learning rate and the loss scale stand: `scheduler.json`. @internal */
export interface SchedulerState {
  /** Steps of the schedule taken. */
  lastEpoch: number;
  /** Learning rate of the next step; Python's is not needed, it follows from the arguments. */
  lastLr?: number;
  /** Of f16 training. */
  lossScale: ScalerState | null;
}

const COUNT = { min: 0, max: Number.MAX_SAFE_INTEGER };

const FILES = {
  'rng_state.json': {
    dropout: z.object({ seed: integer(COUNT), position: integer(COUNT) }).nullable(),
    dataSeed: integer(COUNT),
    position: z.object({ epoch: integer({ min: 0 }), step: integer({ min: 0 }), epochEnded: flag() }),
  },
  'scheduler.json': {
    lastEpoch: integer({ min: 0 }),
    lastLr: real(),
    lossScale: z.object({ scale: real(), growth: integer({ min: 0 }), taken: integer({ min: 0 }) }).nullable(),
  },
};

async function readFields<Name extends keyof typeof FILES>(
  folder: string,
  name: Name,
): Promise<z.infer<z.ZodObject<(typeof FILES)[Name]>> | undefined> {
  const file = path.join(folder, name);
  let json: unknown;
  try {
    json = await readJsonFile(file, { maxBytes: 1 << 20 });
  } catch (error) {
    if (error instanceof CheckpointError && error.fields['reason'] === 'ENOENT') return undefined;
    throw error;
  }
  const values = typeof json === 'object' && json !== null ? (camelKeys(json) as Record<string, unknown>) : {};
  try {
    return parseFields(file, FILES[name] as z.ZodRawShape, values) as z.infer<z.ZodObject<(typeof FILES)[Name]>>;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new CheckpointError(error.message, { path: file, ...error.fields }, { cause: error });
  }
}

/** The file's contents; undefined where there is none: Python's checkpoints have others. @throws CheckpointError @internal */
export function readRngState(folder: string): Promise<RngState | undefined> {
  return readFields(folder, 'rng_state.json');
}

/** The file's contents, or those of Python's `scheduler.pt`; undefined where there is none. @throws CheckpointError @internal */
export async function readSchedulerState(folder: string): Promise<SchedulerState | undefined> {
  const own = await readFields(folder, 'scheduler.json');
  if (own !== undefined || !(await readdir(folder)).includes('scheduler.pt')) return own;
  const { lastEpoch } = await readTorchScheduler(folder);
  return { lastEpoch, lossScale: null };
}
