import { resolve } from 'node:path';
import { addon } from '../native/addon.js';
import { nativeTask } from '../native/task.js';
import { resolveDevice } from '../tensor/create.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkPath } from '../util/checked_path.js';
import { CheckpointError } from '../util/errors.js';
import { checkedDType, type ReadOptions, wrapLoaded } from './read_options.js';

/** What {@link writeSafetensors} takes. */
export interface WriteOptions {
  /** Stored beside the tensors; `format: 'pt'`, which Python asks for, is there by default. */
  metadata?: Readonly<Record<string, string>>;
  /** Stops the writing; what stood under the file's name stays. */
  signal?: AbortSignal | undefined;
}

/** One tensor as a file's header describes it. */
export interface SafetensorsEntry {
  /** The format's own name: `F32`, `BF16`, `I64` ... */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes of the elements. */
  readonly byteLength: number;
}

/** A safetensors file's header. */
export interface SafetensorsHeader {
  /** By name, in the order of the bytes in the file. */
  readonly tensors: ReadonlyMap<string, SafetensorsEntry>;
  readonly metadata: Readonly<Record<string, string>>;
}

function absolutePath(where: string, file: string): string {
  checkPath(where, 'the file', file, CheckpointError);
  return resolve(file);
}

/**
 * Names, dtypes, shapes and metadata of a safetensors file, without reading its tensors.
 * @throws CheckpointError when the file is not there, cut short or breaks the format (naming file and tensor)
 *
 * @example
 * ```ts
 * import { readSafetensorsHeader, tensor, writeSafetensors } from 'gridstride';
 * await writeSafetensors('weights.safetensors', new Map([['bias', tensor([1, 2])]]));
 * const { tensors, metadata } = await readSafetensorsHeader('weights.safetensors');
 * console.log(tensors.get('bias')?.dtype, metadata); // F32 { format: 'pt' }
 * ```
 */
export async function readSafetensorsHeader(
  file: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<SafetensorsHeader> {
  const path = absolutePath('readSafetensorsHeader', file);
  const header = await nativeTask('readSafetensorsHeader', options.signal, () => addon().readSafetensorsHeader(path));
  const tensors = new Map<string, SafetensorsEntry>();
  for (const { name, dtype, shape, bytes } of header.tensors) tensors.set(name, { dtype, shape, byteLength: bytes });
  return { tensors, metadata: Object.fromEntries(header.metadata) };
}

/**
 * The tensors of a safetensors file by name, read on the engine's threads: the event loop stays free. The whole header
 * is checked first; no byte of the file is trusted.
 * Format: https://github.com/huggingface/safetensors.
 *
 * @throws CheckpointError when the file is not there, cut short, breaks the format or lacks a name of `only`
 * @throws AbortError when the signal fires first; OutOfMemoryError; DeviceError; DTypeError
 *
 * @example
 * ```ts
 * import { readSafetensors, tensor, writeSafetensors } from 'gridstride';
 * await writeSafetensors('weights.safetensors', new Map([['bias', tensor([1, 2])]]));
 * const weights = await readSafetensors('weights.safetensors', { dtype: 'bf16' });
 * console.log(weights.get('bias')?.dtype); // bf16
 * ```
 */
export async function readSafetensors(file: string, options: ReadOptions = {}): Promise<Map<string, Tensor>> {
  const where = 'readSafetensors';
  const path = absolutePath(where, file);
  const dtype = checkedDType(where, options.dtype);
  const device = resolveDevice(options.device);
  const only = options.only === undefined ? undefined : [...options.only];
  const loaded = await nativeTask(where, options.signal, () => addon().readSafetensors(path, device, dtype, only));
  return new Map(loaded.map(wrapLoaded));
}

function checkNames(names: Iterable<string>, file: string): void {
  for (const name of names)
    if (typeof name !== 'string' || !isWellFormed(name))
      throw new CheckpointError(
        `writeSafetensors: names must be valid Unicode, got ${JSON.stringify(name)} for ${file}`,
      );
}

function isWellFormed(text: string): boolean {
  return !/[\ud800-\udfff]/u.test(text);
}

/**
 * Writes tensors to a safetensors file that Python reads too. The file appears under its name only when it is complete
 * and on the disk; until then, and after a failure, what stood there stays. The tensors are streamed from their device
 * while the file is written: await the promise before queueing ops that change them in place. Disposing them meanwhile
 * does no harm.
 *
 * @throws CheckpointError when the file cannot be written (fields: path, reason, the system's code)
 * @throws AbortError when the signal fires first; the typed error of an op that a tensor depends on
 *
 * @example
 * ```ts
 * import { readSafetensors, tensor, writeSafetensors } from 'gridstride';
 * await writeSafetensors('scale.safetensors', new Map([['scale', tensor([0.5, 2])]]), { metadata: { step: '10' } });
 * const { scale } = Object.fromEntries(await readSafetensors('scale.safetensors'));
 * console.log(await scale?.toArray()); // [ 0.5, 2 ]
 * ```
 */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, Tensor>,
  options: WriteOptions = {},
): Promise<void> {
  const path = absolutePath('writeSafetensors', file);
  const metadata = { format: 'pt', ...options.metadata };
  checkNames([...tensors.keys(), ...Object.entries(metadata).flat()], file);
  const handles = Array.from(tensors.values(), (tensor) => tensor.handle);
  await nativeTask('writeSafetensors', options.signal, () =>
    addon().writeSafetensors(path, [...tensors.keys()], handles, Object.keys(metadata), Object.values(metadata)),
  );
}
