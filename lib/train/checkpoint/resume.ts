import { stat } from 'node:fs/promises';
import path from 'node:path';
import { CheckpointError, ConfigError, ShapeError } from '../../util/errors.js';
import { readState, type TrainerState } from '../state.js';
import type { TrainableModel } from '../types.js';
import { listCheckpoints } from './folders.js';
import { readRngState, readSchedulerState, type RngState, type SchedulerState } from './run_files.js';

/** A checkpoint to go on from: all but the tensors. @internal */
export interface ResumePoint {
  folder: string;
  state: TrainerState;
  rng: RngState | undefined;
  scheduler: SchedulerState | undefined;
}

async function isFolder(name: string): Promise<boolean> {
  return stat(name).then(
    (info) => info.isDirectory(),
    () => false,
  );
}

/** The folder that `resumeFromCheckpoint` means; undefined: none. @throws ConfigError when there is none */
async function resumeFolder(asked: string | boolean, outputDir: string): Promise<string | undefined> {
  if (asked === false) return undefined;
  const folder = asked === true ? (await listCheckpoints(outputDir)).at(-1) : asked;
  if (folder === undefined)
    throw new ConfigError(`Trainer: resumeFromCheckpoint needs a checkpoint in outputDir, got none in ${outputDir}`, {
      outputDir,
    });
  if (!(await isFolder(folder)))
    throw new CheckpointError(`Trainer: resumeFromCheckpoint must be the folder of a checkpoint, got ${folder}`, {
      path: folder,
    });
  return folder;
}

/**
 * Reads where a run stood.
 * @throws ConfigError or CheckpointError when there is no checkpoint, or a file of it is malformed
 * @internal
 */
export async function readResumePoint(asked: string | boolean, outputDir: string): Promise<ResumePoint | undefined> {
  const folder = await resumeFolder(asked, outputDir);
  if (folder === undefined) return undefined;
  const state = await readState(path.join(folder, 'trainer_state.json'));
  const best = state.bestModelCheckpoint;
  if (best !== undefined && !(await isFolder(best))) {
    // The whole output folder may have moved.
    const beside = path.join(path.dirname(folder), path.basename(best));
    state.bestModelCheckpoint = (await isFolder(beside)) ? beside : undefined;
  }
  return { folder, state, rng: await readRngState(folder), scheduler: await readSchedulerState(folder) };
}

/** Gives a model the weights of a checkpoint. @throws CheckpointError when it is of another model @internal */
export async function loadWeights(model: TrainableModel, folder: string): Promise<void> {
  try {
    await model.loadPretrainedWeights(folder);
  } catch (error) {
    const isOther = error instanceof ShapeError || (error instanceof CheckpointError && 'missing' in error.fields);
    if (!isOther) throw error;
    throw new CheckpointError(
      `Trainer: the checkpoint must be of this model, got another in ${folder}: ${error.message}`,
      { path: folder, ...error.fields },
      { cause: error },
    );
  }
}
