import type { LoopPacer } from '../../util/yield.js';
import { type ByteSource, checkedSpan } from './byte_source.js';
import { FormatFault } from './fault.js';
import type { PickleValue } from './pickle_values.js';
import type { TorchContents } from './torch_file.js';
import { TorchHost } from './torch_globals.js';
import type { TorchStorage } from './torch_tensor.js';
import { unpickle } from './unpickle.js';

const MAGIC_NUMBER = 0x1950a86a20f9469cfc6cn;
const PROTOCOL_VERSION = 1001;
/** Before each storage: its elements as a 64-bit number. */
const COUNT_BYTES = 8;

function checkSystem(info: PickleValue): void {
  if (info instanceof Map && info.get('little_endian') === true) return;
  throw new FormatFault('the byte order must be little, got another one');
}

/** Where each storage begins; they stand one after the other, in the order of the keys. */
async function placeStorages(
  source: ByteSource,
  begin: number,
  keys: PickleValue,
  storages: ReadonlyMap<string, TorchStorage>,
  pacer: LoopPacer,
): Promise<Map<string, number>> {
  if (!Array.isArray(keys)) throw new FormatFault('the keys of the storages must be a list, got another value');
  const places = new Map<string, number>();
  let at = begin;
  for (const key of keys as PickleValue[]) {
    const storage = storages.get(key as string);
    if (storage === undefined || places.has(storage.key))
      throw new FormatFault('the keys of the storages must be those the tensors have, once each, got another');
    const count = (await source.read(at, COUNT_BYTES)).readBigUInt64LE();
    if (count !== BigInt(storage.length))
      throw new FormatFault(`a storage must have the ${storage.length} elements its tensors say, got ${count}`);
    at += COUNT_BYTES;
    places.set(storage.key, at);
    at += checkedSpan(source, at, storage.byteLength);
    if (pacer.isDue()) await pacer.pause();
  }
  return places;
}

/**
 * What `torch.save` wrote before PyTorch 1.6: a magic number, a version, the system's type sizes, the object and the
 * storages' keys as five pickles, then the storages.
 *
 * @throws {FormatFault} It is malformed.
 */
export async function readLegacyFormat(source: ByteSource, pacer: LoopPacer): Promise<TorchContents> {
  let at = 0;
  const next = async (): Promise<{ value: PickleValue; host: TorchHost }> => {
    const { value, host, end } = await unpickle(source, at, source.size, () => new TorchHost(), pacer);
    at = end;
    return { value, host };
  };
  if ((await next()).value !== MAGIC_NUMBER)
    throw new FormatFault('the file must be one of torch.save, got a pickle of another kind');
  const version = (await next()).value;
  if (version !== PROTOCOL_VERSION) throw new FormatFault(`the version must be ${PROTOCOL_VERSION}, got another one`);
  checkSystem((await next()).value);
  const { value, host } = await next();
  const { value: keys } = await next();
  const places = await placeStorages(source, at, keys, host.storages, pacer);
  const locate = (storage: TorchStorage): Promise<number> => {
    const place = places.get(storage.key);
    if (place !== undefined) return Promise.resolve(place);
    throw new FormatFault(
      `the file must hold every storage, got none of key ${JSON.stringify(storage.key.slice(0, 40))}`,
    );
  };
  return { value, locate };
}
