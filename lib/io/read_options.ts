import type { LoadedTensor } from '../native/addon.js';
import { type DType, isFloating, parseDType } from '../tensor/dtype.js';
import { Tensor } from '../tensor/tensor.js';
import { DTypeError } from '../util/errors.js';

/** What {@link readSafetensors} and {@link loadCheckpoint} take. */
export interface ReadOptions {
  /** Where the tensors go: `auto` (the default), `cpu`, `cuda`, `cuda:1`. */
  device?: string;
  /** Element type of the floating tensors; by default each keeps the file's. Others always keep theirs. */
  dtype?: DType | undefined;
  /** Names of the tensors to read; by default all. */
  only?: Iterable<string> | undefined;
  /** Stops the reading; what was read is freed. */
  signal?: AbortSignal | undefined;
}

/** @throws {DTypeError} It is not a floating one. @internal */
export function checkedDType(where: string, dtype: DType | undefined): DType | undefined {
  if (dtype !== undefined && !isFloating(parseDType(dtype)))
    throw new DTypeError(`${where}: dtype must be f32, bf16, f16 or f64, got ${dtype}`, { dtype });
  return dtype;
}

/** A name and tensor as native code read them. @internal */
export function wrapLoaded(loaded: LoadedTensor): [string, Tensor] {
  return [loaded.name, new Tensor(loaded.handle, parseDType(loaded.dtype), loaded.shape)];
}
