import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Need } from '../hub/resolve.js';
import type { Tensor } from '../tensor/tensor.js';
import { ensureWritableFolder, toCheckpointError, writeFileAtomic } from '../util/atomic_write.js';
import { checkPath } from '../util/checked_path.js';
import { CheckpointError } from '../util/errors.js';
import type { ReadOptions } from './read_options.js';
import { readSafetensors, writeSafetensors, type WriteOptions } from './safetensors.js';
import {
  INDEX_FILE,
  indexText,
  isShardName,
  parseByteSize,
  readIndex,
  shardName,
  splitIntoShards,
  TORCH_INDEX_FILE,
  TORCH_WEIGHTS_FILE,
  WEIGHTS_FILE,
} from './shards.js';
import { readTorchTensors } from './torch/read_torch.js';

/** What {@link saveCheckpoint} takes. */
export interface SaveOptions extends WriteOptions {
  /** Bytes, or text like `5GB`: weights above it are cut into several files with an index. By default one file. */
  maxShardSize?: number | string | undefined;
}

/** What a folder's weights are read from. */
interface WeightFiles {
  /** Each with the names to read from it (undefined: all). */
  files: Map<string, string[] | undefined>;
  read: typeof readSafetensors;
}

/** The first of these that a folder holds is read. */
const FORMATS = [
  { weights: WEIGHTS_FILE, index: INDEX_FILE, read: readSafetensors },
  { weights: TORCH_WEIGHTS_FILE, index: TORCH_INDEX_FILE, read: readTorchTensors },
];

/** The files of the weights that {@link loadCheckpoint} reads of a repository. @internal */
export const checkpointNeed: Need = async (snapshot) => {
  for (const { weights, index } of FORMATS) {
    if ((await snapshot.fetch([weights])).size > 0) return;
    if ((await snapshot.fetch([index])).size === 0) continue;
    const shards = [...(await readIndex(snapshot.folder, index)).keys()];
    const found = await snapshot.fetch(shards);
    const missing = shards.find((shard) => !found.has(shard));
    if (missing === undefined) return;
    throw snapshot.lacks(missing);
  }
  throw snapshot.lacks(`config.json and ${WEIGHTS_FILE}`);
};

async function weightFiles(folder: string): Promise<WeightFiles> {
  const present = new Set(await listFolder(folder));
  for (const { weights, index, read } of FORMATS) {
    if (present.has(weights)) return { files: new Map([[weights, undefined]]), read };
    if (present.has(index)) return { files: await readIndex(folder, index), read };
  }
  const known = FORMATS.flatMap(({ weights, index }) => [weights, index]).join(', ');
  throw new CheckpointError(`loadCheckpoint: the folder must hold one of ${known}, got none in ${folder}`, {
    path: folder,
  });
}

async function listFolder(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause);
    const text = `loadCheckpoint: the folder must be readable, got ${reason} for ${folder}`;
    throw new CheckpointError(text, { path: folder, reason }, { cause });
  }
}

/**
 * The weights of a Hugging Face folder by name: of `model.safetensors`, or of the files that
 * `model.safetensors.index.json` lists; where there are none, of `pytorch_model.bin` or the files that
 * `pytorch_model.bin.index.json` lists. An index may name files of its own folder only; links in the folder are
 * followed. Files of PyTorch are read without executing anything in them: what is neither tensor nor plain container is
 * refused by its name. Each tensor has memory of its own, also where a file ties several to the same.
 *
 * @throws CheckpointError when there are none, or a file is malformed or lacks a tensor the index promises
 * @throws AbortError, OutOfMemoryError, DeviceError, DTypeError as {@link readSafetensors}
 *
 * @example
 * ```ts
 * import { loadCheckpoint, saveCheckpoint, tensor } from 'gridstride';
 * await saveCheckpoint('out', new Map([['weight', tensor([[1, 2], [3, 4]])]]));
 * const weights = await loadCheckpoint('out');
 * console.log(weights.get('weight')?.shape); // [ 2, 2 ]
 * ```
 */
export async function loadCheckpoint(folder: string, options: ReadOptions = {}): Promise<Map<string, Tensor>> {
  checkPath('loadCheckpoint', 'the folder', folder, CheckpointError);
  const { files, read } = await weightFiles(folder);
  const wanted = options.only === undefined ? undefined : new Set(options.only);
  const tensors = new Map<string, Tensor>();
  try {
    for (const [file, names] of files) {
      const only = names === undefined ? wanted : names.filter((name) => wanted?.has(name) ?? true);
      if (names !== undefined && (only as string[]).length === 0) continue;
      for (const [name, tensor] of await read(join(folder, file), { ...options, only })) tensors.set(name, tensor);
    }
    const missing = [...(wanted ?? [])].find((name) => !tensors.has(name));
    if (missing !== undefined)
      throw new CheckpointError(
        `loadCheckpoint: the index must list every tensor asked for, got none of name ${JSON.stringify(missing)} in ${folder}`,
        { path: folder, tensor: missing },
      );
  } catch (error) {
    for (const tensor of tensors.values()) tensor.dispose();
    throw error;
  }
  return tensors;
}

/** Removes weights of an earlier save: the loader must not find them beside the new ones. */
async function removeStale(folder: string, written: ReadonlySet<string>): Promise<void> {
  for (const file of await readdir(folder)) {
    const isWeights = file === WEIGHTS_FILE || file === INDEX_FILE || isShardName(file);
    if (isWeights && !written.has(file)) await rm(join(folder, file), { force: true });
  }
}

/** All shards are complete in a folder of their own before the first replaces an older file. */
async function saveShards(folder: string, shards: Map<string, Tensor>[], options: SaveOptions): Promise<Set<string>> {
  const names = shards.map((_, i) => shardName(i, shards.length));
  const temporary = await mkdtemp(join(folder, '.shards-'));
  try {
    for (const [i, shard] of shards.entries()) await writeSafetensors(join(temporary, names[i]!), shard, options);
    for (const name of names) await rename(join(temporary, name), join(folder, name));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  await writeFileAtomic(join(folder, INDEX_FILE), indexText(shards));
  return new Set([...names, INDEX_FILE]);
}

/**
 * Writes weights as `model.safetensors`, or in several files with an index where they exceed `maxShardSize`, into a
 * folder that is made if need be. Weights of an earlier save are replaced once the new ones are on the disk; a failure
 * leaves them as they were. See {@link writeSafetensors} for changing tensors meanwhile.
 *
 * @throws CheckpointError when the folder cannot be written; AbortError; ConfigError for a malformed `maxShardSize`
 *
 * @example
 * ```ts
 * import { saveCheckpoint, tensor } from 'gridstride';
 * await saveCheckpoint('out', new Map([['weight', tensor([1, 2, 3])]]), { maxShardSize: '5GB' });
 * ```
 */
export async function saveCheckpoint(
  folder: string,
  tensors: ReadonlyMap<string, Tensor>,
  options: SaveOptions = {},
): Promise<void> {
  const maxBytes = parseByteSize('saveCheckpoint', options.maxShardSize ?? Infinity);
  await ensureWritableFolder(folder);
  const shards = splitIntoShards(tensors, maxBytes);
  try {
    if (shards.length > 1) return await removeStale(folder, await saveShards(folder, shards, options));
    await writeSafetensors(join(folder, WEIGHTS_FILE), tensors, options);
    await removeStale(folder, new Set([WEIGHTS_FILE]));
  } catch (error) {
    throw toCheckpointError('saveCheckpoint', 'the files must be writable', folder, error);
  }
}
