import { resolve } from 'node:path';
import { addon } from '../../native/addon.js';
import { nativeTask } from '../../native/task.js';
import { resolveDevice } from '../../tensor/create.js';
import type { Tensor } from '../../tensor/tensor.js';
import { checkPath } from '../../util/checked_path.js';
import { CheckpointError } from '../../util/errors.js';
import { LoopPacer } from '../../util/yield.js';
import { checkedDType, type ReadOptions, wrapLoaded } from '../read_options.js';
import { FileSource } from './byte_source.js';
import { FormatFault } from './fault.js';
import { fillSite, findTensors, type TensorSite } from './find_tensors.js';
import type { PickleValue } from './pickle_values.js';
import { namingFile, readTorchContents, type TorchContents } from './torch_file.js';
import { tensorRanges } from './torch_ranges.js';
import { TorchTensor } from './torch_tensor.js';

/** A value of {@link readTorchObject}; dicts are Maps, lists and tuples arrays. */
export type TorchValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Tensor
  | TorchValue[]
  | Set<TorchValue>
  | Map<TorchValue, TorchValue>;

/** An open file of `torch.save`; its tensors are still in it. */
export interface TorchFile {
  readonly path: string;
  readonly value: PickleValue;
  /** Reads some of its tensors, each into memory of its own. */
  tensors(chosen: ReadonlyMap<string, TorchTensor>, options: Omit<ReadOptions, 'only'>): Promise<Map<string, Tensor>>;
}

/**
 * Opens a file of `torch.save` for `work`, and closes it.
 * @param where The operation, first word of errors of the engine.
 * @throws {CheckpointError} It is not there, malformed, or holds what is no tensor and no plain value.
 */
export async function withTorchFile<T>(
  where: string,
  file: string,
  signal: AbortSignal | undefined,
  work: (file: TorchFile, pacer: LoopPacer) => Promise<T>,
): Promise<T> {
  checkPath(where, 'the file', file, CheckpointError);
  const path = resolve(file);
  const pacer = new LoopPacer(where, { signal });
  return namingFile(path, async () => {
    const source = await FileSource.open(path);
    try {
      const contents = await readTorchContents(source, pacer);
      return await work(
        { path, value: contents.value, tensors: tensorReader(where, path, source.size, contents) },
        pacer,
      );
    } finally {
      await source.close();
    }
  });
}

function tensorReader(where: string, path: string, size: number, contents: TorchContents): TorchFile['tensors'] {
  return async (chosen, options) => {
    const dtype = checkedDType(where, options.dtype);
    const device = resolveDevice(options.device);
    const { names, dtypes, layout } = await tensorRanges(contents, size, chosen);
    const loaded = await nativeTask(where, options.signal, () =>
      addon().readTensorRanges(where, path, device, dtype, names, dtypes, layout),
    );
    return new Map(loaded.map(wrapLoaded));
  };
}

/** The tensors of a state dict that `only` names; all when undefined. */
function chosenTensors(value: PickleValue, only: Iterable<string> | undefined): Map<string, TorchTensor> {
  if (!(value instanceof Map)) throw new FormatFault('the file must hold a dict of tensors by name, got another value');
  const tensors = new Map<string, TorchTensor>();
  for (const [name, tensor] of value as Map<PickleValue, PickleValue>) {
    if (typeof name !== 'string' || !(tensor instanceof TorchTensor)) {
      const shown = JSON.stringify(String(name).slice(0, 100));
      throw new FormatFault(`the file must hold a dict of tensors by name, got another value at ${shown}`);
    }
    tensors.set(name, tensor);
  }
  if (only === undefined) return tensors;
  const chosen = new Map<string, TorchTensor>();
  for (const name of only) {
    const tensor = tensors.get(name);
    if (tensor === undefined)
      throw new FormatFault(`the file must hold every tensor asked for, got none of name ${JSON.stringify(name)}`, {
        tensor: name,
      });
    chosen.set(name, tensor);
  }
  return chosen;
}

/**
 * The tensors of a state dict that `torch.save` wrote (`pytorch_model.bin`), by name. Nothing in the file is executed:
 * what is neither tensor nor plain container is refused by its name. Each tensor has memory of its own, also where
 * several were saved as views of one storage. Read on the engine's threads: the event loop stays free.
 *
 * @throws {CheckpointError} The file is not there, malformed, holds other things or lacks a name of `only`.
 * @throws {AbortError} The signal fired; OutOfMemoryError; DeviceError; DTypeError.
 * @internal
 */
export async function readTorchTensors(file: string, options: ReadOptions = {}): Promise<Map<string, Tensor>> {
  const { only, signal } = options;
  return withTorchFile('readTorchTensors', file, signal, (torch) =>
    torch.tensors(chosenTensors(torch.value, only), options),
  );
}

/**
 * Reads tensors and puts each where it stands; one that stands in several places is the same there.
 * @throws {CheckpointError}, AbortError, OutOfMemoryError, DeviceError, DTypeError as {@link readTorchObject}
 */
export async function putTensors(
  torch: TorchFile,
  sites: readonly TensorSite[],
  options: Omit<ReadOptions, 'only'>,
): Promise<void> {
  const chosen = new Map<string, TorchTensor>();
  const names = new Map<TorchTensor, string>();
  for (const { tensor, path } of sites) {
    if (names.has(tensor)) continue;
    // Paths may repeat: a key may hold a dot.
    const name = chosen.has(path) ? `${path} (${chosen.size})` : path;
    names.set(tensor, name);
    chosen.set(name, tensor);
  }
  const read = await torch.tensors(chosen, options);
  for (const site of sites) fillSite(site, read.get(names.get(site.tensor)!));
}

/**
 * What `torch.save` wrote, as plain values: dicts as Map, lists and tuples as arrays, whole numbers as number (bigint
 * past 2^53), tensors as Tensor (the same one where the file has it twice). Nothing in the file is executed.
 *
 * @throws {CheckpointError} The file is not there, malformed, or holds what is neither tensor nor plain value.
 * @throws {AbortError} The signal fired; OutOfMemoryError; DeviceError; DTypeError.
 * @internal
 */
export async function readTorchObject(file: string, options: Omit<ReadOptions, 'only'> = {}): Promise<TorchValue> {
  return withTorchFile('readTorchObject', file, options.signal, async (torch, pacer) => {
    // The root stands in a list of its own, so that it too can be a tensor.
    const root: PickleValue[] = [torch.value];
    const sites = await findTensors(root, pacer);
    await putTensors(torch, sites, options);
    return root[0] as TorchValue;
  });
}
