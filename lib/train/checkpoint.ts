import { readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { writeSafetensors } from '../io/safetensors.js';
import type { Tensor } from '../tensor/tensor.js';
import { ensureWritableFolder, writeFileAtomic } from '../util/atomic_write.js';
import { CheckpointError } from '../util/errors.js';
import type { SavableTokenizer, TrainableModel, TrainerState } from './types.js';
import type { TrainingArguments } from './training_arguments.js';

/** Everything a checkpoint folder holds. @internal */
export interface CheckpointContents {
  model: TrainableModel;
  tokenizer: SavableTokenizer | undefined;
  optimizer: Map<string, Tensor>;
  state: TrainerState;
  args: TrainingArguments;
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Object keys in Python's spelling, as Hugging Face's tools read them. @internal */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [snake(key), snakeKeys(item)]));
}

/**
 * Writes `checkpoint-<step>/` under a temporary name and renames it: a killed run leaves whole checkpoints only.
 * @throws CheckpointError naming the folder that cannot be written
 * @internal
 */
export async function saveCheckpointFolder(outputDir: string, contents: CheckpointContents): Promise<string> {
  const { model, tokenizer, optimizer, state, args } = contents;
  const folder = path.join(outputDir, `checkpoint-${state.globalStep}`);
  const temporary = `${folder}.tmp-${process.pid}`;
  const json = (value: unknown) => `${JSON.stringify(snakeKeys(value), null, 2)}\n`;
  try {
    await ensureWritableFolder(temporary);
    await model.savePretrained(temporary);
    await tokenizer?.savePretrained(temporary);
    await writeSafetensors(path.join(temporary, 'optimizer.safetensors'), optimizer);
    await writeFileAtomic(path.join(temporary, 'training_args.json'), json(args));
    await writeFileAtomic(
      path.join(temporary, 'trainer_state.json'),
      json({ ...state, bestModelCheckpoint: state.bestModelCheckpoint ?? null }),
    );
    await rm(folder, { recursive: true, force: true });
    await rename(temporary, folder);
    return folder;
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => {});
    if (error instanceof CheckpointError) throw error;
    throw new CheckpointError(
      `checkpoint: cannot write ${folder}: ${(error as Error).message}`,
      { folder },
      { cause: error },
    );
  }
}

/** Removes the oldest checkpoints beyond `limit`, but never the best. @internal */
export async function pruneCheckpoints(outputDir: string, limit: number, best: string | undefined): Promise<void> {
  const names = (await readdir(outputDir)).filter((name) => /^checkpoint-\d+$/.test(name));
  const oldestFirst = names.sort((a, b) => Number(a.slice(11)) - Number(b.slice(11)));
  const removable = oldestFirst.map((name) => path.join(outputDir, name)).filter((folder) => folder !== best);
  const excess = oldestFirst.length - Math.max(limit, best === undefined ? 1 : 2);
  for (const folder of removable.slice(0, Math.max(0, excess))) await rm(folder, { recursive: true, force: true });
}
