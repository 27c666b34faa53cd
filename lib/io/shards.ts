import { join } from 'node:path';
import { z } from 'zod';
import { CheckpointError, ConfigError } from '../util/errors.js';
import { shown } from '../util/shown.js';
import { readJsonFile } from './json_file.js';

/** @internal */
export const WEIGHTS_FILE = 'model.safetensors';
/** @internal */
export const INDEX_FILE = 'model.safetensors.index.json';

/** Weights of PyTorch's own format, which are read and never written. @internal */
export const TORCH_WEIGHTS_FILE = 'pytorch_model.bin';
/** @internal */
export const TORCH_INDEX_FILE = 'pytorch_model.bin.index.json';

/** Name of one of `count` shards, counted from 0. @internal */
export function shardName(index: number, count: number): string {
  const digits = (n: number): string => String(n).padStart(5, '0');
  return `model-${digits(index + 1)}-of-${digits(count)}.safetensors`;
}

/** Whether a file's name is that of a shard that {@link shardName} makes. @internal */
export function isShardName(name: string): boolean {
  return /^model-\d{5,}-of-\d{5,}\.safetensors$/.test(name);
}

const UNITS: Readonly<Record<string, number>> = {
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/**
 * A size in bytes from a number or from text such as `5GB` (10^9) or `5GiB` (2^30).
 * @throws {ConfigError} It is neither.
 * @internal
 */
export function parseByteSize(where: string, size: number | string): number {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([KMG]i?B)$/.exec(String(size)) ?? [];
  const bytes = typeof size === 'number' ? size : Number(amount) * (UNITS[unit ?? ''] ?? NaN);
  if (bytes >= 1) return bytes;
  throw new ConfigError(`${where}: maxShardSize must be bytes or text like "5GB", got ${size}`, { maxShardSize: size });
}

/** What a shard is made of. @internal */
export interface Sized {
  readonly byteLength: number;
}

/**
 * Tensors in order, cut into shards of at most `maxBytes` each; one that is larger has a shard to itself.
 * @internal
 */
export function splitIntoShards<T extends Sized>(tensors: ReadonlyMap<string, T>, maxBytes: number): Map<string, T>[] {
  const shards: Map<string, T>[] = [];
  let bytes = 0;
  for (const [name, tensor] of tensors) {
    const current = shards.at(-1);
    if (current === undefined || bytes + tensor.byteLength > maxBytes) {
      shards.push(new Map([[name, tensor]]));
      bytes = tensor.byteLength;
    } else {
      current.set(name, tensor);
      bytes += tensor.byteLength;
    }
  }
  return shards.length === 0 ? [new Map()] : shards;
}

/** Text of the index file of shards. @internal */
export function indexText(shards: readonly ReadonlyMap<string, Sized>[]): string {
  const weightMap: Record<string, string> = {};
  let total = 0;
  for (const [i, shard] of shards.entries()) {
    for (const [name, tensor] of shard) {
      Object.defineProperty(weightMap, name, { value: shardName(i, shards.length), enumerable: true });
      total += tensor.byteLength;
    }
  }
  return `${JSON.stringify({ metadata: { total_size: total }, weight_map: weightMap }, null, 2)}\n`;
}

/** Its entries are checked one by one: `z.record` would drop a tensor of the name `__proto__`. */
const indexSchema = z.object({
  weight_map: z.custom<Record<string, unknown>>((map) => typeof map === 'object' && map !== null),
});

/** A file of the index's own folder: no path leads out of it. Links inside the folder are followed. */
function isPlainName(file: unknown): file is string {
  return typeof file === 'string' && file !== '' && file !== '.' && file !== '..' && !/[/\\\0]/.test(file);
}

/**
 * The names of the tensors in each shard that a folder's index lists.
 * @param index The index's file name.
 * @throws {CheckpointError} The index is not there, malformed, or names a file outside the folder.
 * @internal
 */
export async function readIndex(folder: string, index: string): Promise<Map<string, string[]>> {
  const path = join(folder, index);
  const parsed = indexSchema.safeParse(await readJsonFile(path, { maxBytes: 100e6 }));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const got = `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`;
    throw new CheckpointError(
      `loadCheckpoint: the index must have a weight_map of files by tensor, got ${got} in ${path}`,
      {
        path,
      },
    );
  }
  const shards = new Map<string, string[]>();
  for (const [tensor, file] of Object.entries(parsed.data.weight_map)) {
    if (!isPlainName(file))
      throw new CheckpointError(
        `loadCheckpoint: the index must name files of its own folder, got ${shown(file)} in ${path}`,
        { path, tensor },
      );
    const names = shards.get(file);
    if (names === undefined) shards.set(file, [tensor]);
    else names.push(tensor);
  }
  return shards;
}
