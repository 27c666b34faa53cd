import type { LoopPacer } from '../../util/yield.js';
import type { ByteSource } from './byte_source.js';
import { FormatFault } from './fault.js';
import type { TorchContents } from './torch_file.js';
import { TorchHost } from './torch_globals.js';
import type { TorchStorage } from './torch_tensor.js';
import { unpickle } from './unpickle.js';
import { ZipEntries } from './zip_entries.js';

const MAX_BYTE_ORDER_BYTES = 16;

/** The folder of the archive, `archive/` or the file's own name. */
function archiveFolder(zip: ZipEntries): string {
  const folders = [...zip.names()].flatMap((name) => /^([^/]+\/)data\.pkl$/.exec(name)?.[1] ?? []);
  if (folders.length !== 1)
    throw new FormatFault(`the zip file must hold one data.pkl, got ${folders.length === 0 ? 'none' : folders.length}`);
  const [folder] = folders as [string];
  if (zip.has(`${folder}constants.pkl`))
    throw new FormatFault('the file must hold tensors, got a TorchScript program (torch.jit.save)');
  return folder;
}

async function checkByteOrder(source: ByteSource, zip: ZipEntries, name: string): Promise<void> {
  if (!zip.has(name)) return;
  const { at, length } = await zip.locate(name);
  const order = (await source.read(at, Math.min(length, MAX_BYTE_ORDER_BYTES))).toString('latin1');
  if (order !== 'little') throw new FormatFault(`the byte order must be little, got ${JSON.stringify(order)}`);
}

/**
 * What `torch.save` writes since PyTorch 1.6: a zip file of stored entries with `data.pkl` and a file for each storage.
 * Format: https://docs.pytorch.org/docs/stable/notes/serialization.html.
 *
 * @throws {FormatFault} It is malformed.
 */
export async function readZipFormat(source: ByteSource, pacer: LoopPacer): Promise<TorchContents> {
  const zip = await ZipEntries.read(source, pacer);
  const folder = archiveFolder(zip);
  await checkByteOrder(source, zip, `${folder}byteorder`);
  const { at, length } = await zip.locate(`${folder}data.pkl`);
  const { value } = await unpickle(source, at, at + length, () => new TorchHost(), pacer);
  const locate = async (storage: TorchStorage): Promise<number> => {
    const place = await zip.locate(`${folder}data/${storage.key}`);
    if (place.length === storage.byteLength) return place.at;
    const shown = JSON.stringify(storage.key.slice(0, 40));
    throw new FormatFault(`storage ${shown} must have ${storage.byteLength} bytes, got ${place.length}`);
  };
  return { value, locate };
}
