import { rm } from 'node:fs/promises';
import path from 'node:path';
import type { Optimizer } from '../../optim/optimizer.js';
import { ensureWritableFolder, writeFileAtomic } from '../../util/atomic_write.js';
import { CheckpointError } from '../../util/errors.js';
import { pythonJson } from '../arguments/python_json.js';
import type { TrainingArguments } from '../arguments/training_arguments.js';
import { stateText, type TrainerState } from '../state.js';
import type { SavableTokenizer, TrainableModel } from '../types.js';
import { checkpointFolder, putInPlace, unfinishedName } from './folders.js';
import { writeOptimizer } from './optimizer_files.js';
import type { RngState, SchedulerState } from './run_files.js';

/** Everything a checkpoint folder holds. @internal */
export interface CheckpointContents {
  model: TrainableModel;
  tokenizer: SavableTokenizer | undefined;
  /** Absent with `saveOnlyModel`. */
  resumable: { optimizer: Optimizer; names: readonly string[]; rng: RngState; scheduler: SchedulerState } | undefined;
  state: TrainerState;
  args: TrainingArguments;
}

async function writeContents(folder: string, contents: CheckpointContents): Promise<void> {
  const { model, tokenizer, resumable, state, args } = contents;
  const write = (name: string, text: string) => writeFileAtomic(path.join(folder, name), `${text}\n`);
  await model.savePretrained(folder);
  await tokenizer?.savePretrained(folder);
  if (resumable !== undefined) {
    await writeOptimizer(folder, resumable.optimizer, resumable.names);
    await write('scheduler.json', pythonJson(resumable.scheduler));
    await write('rng_state.json', pythonJson(resumable.rng));
  }
  await write('training_args.json', JSON.stringify(args.toJson(), null, 2));
  await writeFileAtomic(path.join(folder, 'trainer_state.json'), stateText(state));
}

/**
 * Writes `checkpoint-<step>/` under another name and renames it: a killed run leaves whole checkpoints only.
 * @throws CheckpointError naming the folder that cannot be written
 * @internal
 */
export async function saveCheckpointFolder(outputDir: string, contents: CheckpointContents): Promise<string> {
  const folder = checkpointFolder(outputDir, contents.state.globalStep);
  const unfinished = unfinishedName(folder, 'new');
  try {
    await ensureWritableFolder(unfinished);
    await writeContents(unfinished, contents);
    await putInPlace(unfinished, folder);
    return folder;
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true }).catch(() => {});
    if (error instanceof CheckpointError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new CheckpointError(
      `Trainer: the checkpoint ${folder} cannot be written: ${message}`,
      { path: folder, ...(code !== undefined && { reason: code }) },
      { cause: error },
    );
  }
}
