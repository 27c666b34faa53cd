/** Pieces of pickles, as Latin-1 text: `pickled(dict(['a', int(1)]))`. Protocol 2, as torch.save writes. */

const le = (bytes: number, value: number | bigint): string => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
  return out.toString('latin1', 0, bytes);
};

export const pickled = (value: string): Buffer => Buffer.from(`\x80\x02${value}.`, 'latin1');
export const int = (value: number): string => `J${le(4, value)}`;
export const long = (value: bigint, bytes = 10): string => {
  let digits = '';
  for (let i = 0, rest = BigInt.asUintN(bytes * 8, value); i < bytes; i++, rest >>= 8n)
    digits += String.fromCharCode(Number(rest & 0xffn));
  return `\x8a${le(1, bytes)}${digits}`;
};
export const text = (value: string): string => {
  const bytes = Buffer.from(value);
  return `X${le(4, bytes.length)}${bytes.toString('latin1')}`;
};
export const list = (...items: string[]): string => `](${items.join('')}e`;
export const tuple = (...items: string[]): string => `(${items.join('')}t`;
export const dict = (...pairs: [string, string][]): string =>
  `}(${pairs.map(([key, value]) => text(key) + value).join('')}u`;
export const global = (module: string, name: string): string => `c${module}\n${name}\n`;
export const call = (callee: string, ...args: string[]): string => `${callee}${tuple(...args)}R`;
export const put = (index: number): string => `r${le(4, index)}`;
export const get = (index: number): string => `j${le(4, index)}`;
export const NONE = 'N';
export const TRUE = '\x88';
export const FALSE = '\x89';

/** What a tensor's pickle says of it. */
export interface TensorSpec {
  key?: string;
  /** Elements of its storage. */
  count?: number;
  type?: string;
  offset?: number;
  shape: number[];
  strides?: number[];
}

export const storage = (key: string, count: number, type = 'FloatStorage', ...more: string[]): string =>
  `${tuple(text('storage'), global('torch', type), text(key), text('cpu'), int(count), ...more)}Q`;

export const denseStrides = (shape: readonly number[]): number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));

export function tensorPickle({ key = '0', count = 4, type, offset = 0, shape, strides }: TensorSpec): string {
  return call(
    global('torch._utils', '_rebuild_tensor_v2'),
    storage(key, count, type, NONE),
    int(offset),
    tuple(...shape.map(int)),
    tuple(...(strides ?? denseStrides(shape)).map(int)),
    FALSE,
    call(global('collections', 'OrderedDict')),
  );
}

const MAGIC = pickled(long(0x1950a86a20f9469cfc6cn));
const VERSION = pickled(int(1001));

/** A file in the format before PyTorch 1.6. */
export function legacyBytes(
  value: string,
  storages: readonly { key: string; count: number; data: Uint8Array }[] = [],
  change: { magic?: Buffer; version?: Buffer; system?: string; keys?: string } = {},
): Buffer {
  const { magic = MAGIC, version = VERSION, system = dict(['little_endian', TRUE]) } = change;
  const keys = change.keys ?? list(...storages.map(({ key }) => text(key)));
  const blocks = storages.flatMap(({ count, data }) => [Buffer.from(le(8, count), 'latin1'), data]);
  return Buffer.concat([magic, version, pickled(system), pickled(value), pickled(keys), ...blocks]);
}

/** A state dict of f32 tensors, each of a storage of its own, in that format. */
export function legacyStateDict(
  tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>,
): Buffer {
  const entries = [...tensors].map(([name, { shape, data }], i) => ({ name, shape: [...shape], data, key: String(i) }));
  return legacyBytes(
    dict(
      ...entries.map(({ name, shape, data, key }): [string, string] => [
        name,
        tensorPickle({ key, count: data.length, shape }),
      ]),
    ),
    entries.map(({ key, data }) => ({
      key,
      count: data.length,
      data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
    })),
  );
}
