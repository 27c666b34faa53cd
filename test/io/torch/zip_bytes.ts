/** An entry of {@link zipBytes}; what is given beside name and data replaces the truth. */
export interface ZipSpec {
  name: string;
  data: Uint8Array;
  method?: number;
  flags?: number;
  compressedSize?: number;
  size?: number;
  localOffset?: number;
  localExtra?: number;
  localSignature?: number;
  /** Sizes and offset in the zip64 field. */
  isZip64?: boolean;
}

function localHeader({ name, localExtra = 0, localSignature = 0x04034b50, method = 0, flags = 0 }: ZipSpec): Buffer {
  const header = Buffer.alloc(30);
  header.writeUInt32LE(localSignature, 0);
  header.writeUInt16LE(flags, 6);
  header.writeUInt16LE(method, 8);
  header.writeUInt16LE(Buffer.byteLength(name), 26);
  header.writeUInt16LE(localExtra, 28);
  return Buffer.concat([header, Buffer.from(name), Buffer.alloc(Math.min(localExtra, 64))]);
}

function centralHeader(spec: ZipSpec, offset: number): Buffer {
  const { name, data, method = 0, flags = 0, isZip64 = false } = spec;
  const { compressedSize = data.length, size = data.length, localOffset = offset } = spec;
  const header = Buffer.alloc(46);
  const extra = Buffer.alloc(isZip64 ? 28 : 0);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(flags, 8);
  header.writeUInt16LE(method, 10);
  header.writeUInt32LE(isZip64 ? 0xffffffff : compressedSize, 20);
  header.writeUInt32LE(isZip64 ? 0xffffffff : size, 24);
  header.writeUInt16LE(Buffer.byteLength(name), 28);
  header.writeUInt16LE(extra.length, 30);
  header.writeUInt32LE(isZip64 ? 0xffffffff : localOffset, 42);
  if (isZip64) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(24, 2);
    [size, compressedSize, localOffset].forEach((value, i) => extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i));
  }
  return Buffer.concat([header, Buffer.from(name), extra]);
}

/** The record that ends a directory of many entries or far away; then its locator. */
function zip64End(count: bigint, size: number, offset: bigint, at: bigint): Buffer {
  const record = Buffer.alloc(56 + 20);
  record.writeUInt32LE(0x06064b50, 0);
  record.writeBigUInt64LE(44n, 4);
  record.writeBigUInt64LE(count, 24);
  record.writeBigUInt64LE(count, 32);
  record.writeBigUInt64LE(BigInt(size), 40);
  record.writeBigUInt64LE(offset, 48);
  record.writeUInt32LE(0x07064b50, 56);
  record.writeBigUInt64LE(at, 64);
  record.writeUInt32LE(1, 72);
  return record;
}

/** A zip file of these entries; `end` replaces what its end says, and asks for zip64's. */
export function zipBytes(
  entries: readonly ZipSpec[],
  end: { count?: bigint; offset?: bigint; recordAt?: bigint; isZip64?: boolean } = {},
): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const local = Buffer.concat([localHeader(entry), entry.data]);
    directory.push(centralHeader(entry, at));
    parts.push(local);
    at += local.length;
  }
  const size = directory.reduce((sum, { length }) => sum + length, 0);
  const count = end.count ?? BigInt(entries.length);
  const offset = end.offset ?? BigInt(at);
  const eocd = Buffer.alloc(22);
  eocd.writeUInt32LE(0x06054b50, 0);
  eocd.writeUInt16LE(Number(count & 0xffffn), 8);
  eocd.writeUInt16LE(Number(count & 0xffffn), 10);
  eocd.writeUInt32LE(size, 12);
  eocd.writeUInt32LE(Number(offset & 0xffffffffn), 16);
  const far = end.isZip64 === true ? [zip64End(count, size, offset, end.recordAt ?? BigInt(at + size))] : [];
  return Buffer.concat([...parts, ...directory, ...far, eocd]);
}

/** A file of torch.save: the pickle and the storages by key. */
export function torchZip(pickle: Uint8Array, storages: Readonly<Record<string, Uint8Array>> = {}): ZipSpec[] {
  return [
    { name: 'archive/data.pkl', data: pickle },
    { name: 'archive/byteorder', data: Buffer.from('little') },
    ...Object.entries(storages).map(([key, data]) => ({ name: `archive/data/${key}`, data })),
  ];
}
