import type { FileHandle } from 'node:fs/promises';
import { CONTINUATION, FILE_MAGIC, MAX_HEADER } from './arrow_frames.js';
import { type MessageHead, checkFooter, checkHeader } from './arrow_headers.js';

/** Magic and padding in front; length and magic behind. */
const LEAST_BYTES = 18;

async function readBytes(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, start);
  if (bytesRead < length) throw new RangeError('an end within the file');
  return bytes;
}

/** Whether a file has blocks that its footer lists, rather than being a stream. @internal */
export async function isArrowFile(handle: FileHandle): Promise<boolean> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(FILE_MAGIC.length), 0, FILE_MAGIC.length, 0);
  return bytesRead === FILE_MAGIC.length && buffer.toString('latin1') === FILE_MAGIC;
}

/** Bytes of a block, header and body, and whether it is packed; both must lie in front of the footer. */
async function checkBlock(
  handle: FileHandle,
  start: number,
  end: number,
  wanted: MessageHead['kind'],
): Promise<{ bytes: number; isPacked: boolean }> {
  if (!Number.isSafeInteger(start) || start < 0 || start + 8 > end)
    throw new RangeError(`a block at ${start} of ${end}`);
  const prefix = await readBytes(handle, start, 8);
  const isMarked = prefix.readUInt32LE(0) === CONTINUATION;
  const length = prefix.readUInt32LE(isMarked ? 4 : 0);
  const from = start + (isMarked ? 8 : 4);
  if (length > Math.min(MAX_HEADER, end - from)) throw new RangeError(`a header of ${length} bytes`);
  const { kind, bodyLength, packing } = checkHeader(await readBytes(handle, from, length));
  if (kind !== wanted) throw new RangeError(`a ${kind} where a ${wanted} belongs`);
  if (bodyLength > end - from - length) throw new RangeError(`a body of ${bodyLength} bytes`);
  return { bytes: from + length + bodyLength - start, isPacked: packing !== undefined };
}

/**
 * Checks the footer of an Arrow file and the headers of all blocks it lists.
 * @returns Whether a block is packed.
 * @throws {RangeError} One is malformed, lies outside the file, or is of another kind; or blocks overlap.
 * @internal
 */
export async function checkArrowFile(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size < LEAST_BYTES) throw new RangeError(`${size} bytes`);
  const tail = await readBytes(handle, size - 10, 10);
  if (tail.toString('latin1', 4) !== FILE_MAGIC) throw new RangeError('a file that does not end in ARROW1');
  const length = tail.readInt32LE(0);
  if (length <= 0 || length > Math.min(MAX_HEADER, size - LEAST_BYTES))
    throw new RangeError(`a footer of ${length} bytes`);
  const end = size - 10 - length;
  const blocks = checkFooter(await readBytes(handle, end, length));
  let bytes = 0;
  let isPacked = false;
  for (const kind of ['dictionary', 'batch'] as const)
    for (const start of blocks[kind]) {
      const block = await checkBlock(handle, start, end, kind);
      bytes += block.bytes;
      isPacked ||= block.isPacked;
    }
  if (bytes > end) throw new RangeError('blocks that overlap');
  return isPacked;
}
