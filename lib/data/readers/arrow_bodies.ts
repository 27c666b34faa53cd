import { decompressZstd } from 'hyparquet-compressors';
import type { ArrowMessage } from './arrow_frames.js';
import { type BufferRegion, type Packing, checkHeader, unpackedHeader } from './arrow_headers.js';
import { unpackLz4 } from './lz4_frame.js';

/** Bytes that the buffers of a message may unpack to. */
const MAX_BODY = 1 << 30;
/** Each packed buffer begins with its length; of one that is not packed after all, with -1. */
const PREFIX_BYTES = 8;

interface PackedBuffer {
  /** Behind the prefix. */
  bytes: Uint8Array;
  length: number;
  isPacked: boolean;
}

function readBuffer(body: Uint8Array, { offset, length }: BufferRegion): PackedBuffer {
  if (!(offset >= 0 && length >= 0 && offset + length <= body.length))
    throw new RangeError(`a buffer of ${length} bytes at ${offset} of ${body.length}`);
  if (length === 0) return { bytes: new Uint8Array(), length: 0, isPacked: false };
  if (length < PREFIX_BYTES) throw new RangeError(`a packed buffer of ${length} bytes`);
  const bytes = body.subarray(offset + PREFIX_BYTES, offset + length);
  const unpacked = Number(new DataView(body.buffer, body.byteOffset + offset, PREFIX_BYTES).getBigInt64(0, true));
  if (unpacked === -1) return { bytes, length: bytes.length, isPacked: false };
  if (!(unpacked >= 0 && unpacked <= MAX_BODY)) throw new RangeError(`a buffer that unpacks to ${unpacked} bytes`);
  return { bytes, length: unpacked, isPacked: true };
}

function unpackInto(out: Uint8Array, { bytes, isPacked }: PackedBuffer, codec: Packing['codec']): void {
  if (!isPacked) return out.set(bytes);
  if (codec === 'lz4') return unpackLz4(bytes, out);
  const unpacked = decompressZstd(bytes, out);
  if (unpacked.length !== out.length) throw new RangeError(`${unpacked.length} bytes where ${out.length} belong`);
}

/**
 * A message whose buffers were packed one by one, as one that never was. All lengths are held against each other before
 * anything is made of them.
 *
 * @throws {RangeError} A buffer lies outside the body, or unpacks to another length than it says, or to over a gigabyte.
 * @internal
 */
export function unpackMessage({ header, body }: ArrowMessage): ArrowMessage {
  const { codec, buffers } = checkHeader(header).packing!;
  const packed = buffers.map((region) => readBuffer(body, region));
  const regions: BufferRegion[] = [];
  let end = 0;
  for (const { length } of packed) {
    regions.push({ offset: end, length });
    end += Math.ceil(length / 8) * 8;
  }
  if (end > MAX_BODY) throw new RangeError(`buffers that unpack to ${end} bytes`);
  const unpacked = unpackedHeader(header, regions, end);
  const out = new Uint8Array(end);
  for (const [i, { offset, length }] of regions.entries())
    unpackInto(out.subarray(offset, offset + length), packed[i]!, codec);
  return { header: unpacked, body: out };
}
