import { basename } from 'node:path';
import { CheckpointError } from '../../util/errors.js';
import type { LoopPacer } from '../../util/yield.js';
import type { ByteSource } from './byte_source.js';
import { FormatFault } from './fault.js';
import { readLegacyFormat } from './legacy_format.js';
import type { PickleValue } from './pickle_values.js';
import type { TorchStorage } from './torch_tensor.js';
import { readZipFormat } from './zip_format.js';

/** What a file of `torch.save` holds. */
export interface TorchContents {
  /** Tensors in it are {@link TorchTensor}. */
  value: PickleValue;
  /** First byte of a storage in the file. @throws {FormatFault} It is not there or has another length. */
  locate(storage: TorchStorage): Promise<number>;
}

const HEAD_BYTES = 512;
const TAR_MAGIC_AT = 257;
const PICKLE_PROTOCOL = 0x80;

/**
 * Reads a file of `torch.save`, of either format, without executing anything and without its storages.
 * @throws {FormatFault} It is malformed, or holds what is no tensor and no plain value.
 */
export async function readTorchContents(source: ByteSource, pacer: LoopPacer): Promise<TorchContents> {
  const head = (await source.read(0, Math.min(HEAD_BYTES, source.size))).toString('latin1');
  if (head.startsWith('PK\x03\x04')) return readZipFormat(source, pacer);
  if (head.startsWith('ustar', TAR_MAGIC_AT))
    throw new FormatFault('the file must be of PyTorch 0.1.10 or later, got the tar format before it');
  if (head.startsWith('version https://git-lfs'))
    throw new FormatFault("the file must be the weights themselves, got Git LFS's pointer to them");
  if (head.charCodeAt(0) === PICKLE_PROTOCOL) return readLegacyFormat(source, pacer);
  throw new FormatFault('the file must be one of torch.save, got another kind');
}

/**
 * Runs `work`, which reads the file at `path`.
 * @throws {CheckpointError} It met a {@link FormatFault}; fields: path, and those of the fault.
 */
export async function namingFile<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof FormatFault)) throw error;
    throw new CheckpointError(`${basename(path)}: ${error.message} in ${path}`, { path, ...error.fields });
  }
}
