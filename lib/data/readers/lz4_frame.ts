const MAGIC = 0x184d2204;
/** Bits of the descriptor's first byte. */
const FLAGS = {
  version: 0xc0,
  blockChecksum: 0x10,
  contentSize: 0x08,
  contentChecksum: 0x04,
  reserved: 0x02,
  dictionary: 0x01,
};
const VERSION = 0x40;
const STORED = 0x80000000;
/** What a match is longer than it says. */
const LEAST_MATCH = 4;

/**
 * Unpacks one LZ4 frame. Blocks may refer to those before them, which the decoders of single blocks cannot follow.
 * Checksums are passed over.
 *
 * Source: LZ4 frame and block formats, https://github.com/lz4/lz4/tree/dev/doc.
 *
 * @param out Filled; it has the length that the frame must have.
 * @throws {RangeError} The frame is malformed, or of another length.
 * @internal
 */
export function unpackLz4(bytes: Uint8Array, out: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0, true) !== MAGIC) throw new RangeError('a buffer that is no LZ4 frame');
  const flags = view.getUint8(4);
  if ((flags & FLAGS.version) !== VERSION || (flags & (FLAGS.reserved | FLAGS.dictionary)) !== 0)
    throw new RangeError(`an LZ4 frame of flags ${flags}`);
  // Magic, flags, block size, content size, checksum of the descriptor.
  let at = 7 + (flags & FLAGS.contentSize ? 8 : 0);
  let end = 0;
  for (;;) {
    const head = view.getUint32(at, true);
    at += 4;
    if (head === 0) break;
    const size = head & ~STORED;
    if (size > bytes.length - at) throw new RangeError(`an LZ4 block of ${size} bytes`);
    const block = bytes.subarray(at, at + size);
    if (head >= STORED) {
      if (size > out.length - end) throw tooLong(out);
      out.set(block, end);
      end += size;
    } else end = unpackBlock(block, out, end);
    at += size + (flags & FLAGS.blockChecksum ? 4 : 0);
  }
  at += flags & FLAGS.contentChecksum ? 4 : 0;
  if (at !== bytes.length || end !== out.length)
    throw new RangeError(`an LZ4 frame of ${end} bytes where ${out.length} belong`);
}

function tooLong(out: Uint8Array): RangeError {
  return new RangeError(`an LZ4 frame of more than ${out.length} bytes`);
}

/** Unpacks a block behind `end` bytes that are there. @returns where they end now */
function unpackBlock(block: Uint8Array, out: Uint8Array, end: number): number {
  let at = 0;
  const more = (length: number): number => {
    if (length < 15) return length;
    for (let byte = 255; byte === 255; length += byte) {
      if (at >= block.length) throw new RangeError('an LZ4 block that ends within a length');
      byte = block[at++]!;
    }
    return length;
  };
  while (at < block.length) {
    const token = block[at++]!;
    const literals = more(token >> 4);
    if (literals > block.length - at) throw new RangeError('an LZ4 block that ends within its literals');
    if (literals > out.length - end) throw tooLong(out);
    out.set(block.subarray(at, at + literals), end);
    at += literals;
    end += literals;
    if (at === block.length) break;
    if (block.length - at < 2) throw new RangeError('an LZ4 block that ends within an offset');
    const offset = block[at]! | (block[at + 1]! << 8);
    at += 2;
    const length = more(token & 15) + LEAST_MATCH;
    if (offset === 0 || offset > end) throw new RangeError(`an LZ4 match ${offset} bytes back of ${end}`);
    if (length > out.length - end) throw tooLong(out);
    if (offset >= length) out.copyWithin(end, end - offset, end - offset + length);
    else for (let i = 0; i < length; i++) out[end + i] = out[end + i - offset]!;
    end += length;
  }
  return end;
}
