import { constants, type FileHandle, open } from 'node:fs/promises';
import { FormatFault } from './fault.js';

/** Bytes at offsets: a file's, or a test's. */
export interface ByteSource {
  /** Bytes there are. */
  readonly size: number;
  /** @throws {FormatFault} They are not all there. */
  read(at: number, length: number): Promise<Buffer>;
}

/** An open file. */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly #file: FileHandle;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  /** @throws {FormatFault} It is not there or no regular file. */
  static async open(path: string): Promise<FileSource> {
    let file: FileHandle | undefined;
    try {
      // Non-blocking: opening a pipe that nobody writes to would never return.
      file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
      const info = await file.stat();
      if (!info.isFile())
        throw new FormatFault(
          `the file must be a regular one, got ${info.isDirectory() ? 'a folder' : 'another kind'}`,
        );
      return new FileSource(file, info.size);
    } catch (error) {
      await file?.close();
      throw asFault(error);
    }
  }

  async read(at: number, length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(checkedSpan(this, at, length));
    for (let filled = 0; filled < length;) {
      const { bytesRead } = await this.#file
        .read(bytes, filled, length - filled, at + filled)
        .catch((error: unknown) => {
          throw asFault(error);
        });
      if (bytesRead === 0) throw new FormatFault(`the file must keep its length while it is read, got its end`);
      filled += bytesRead;
    }
    return bytes;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

function asFault(error: unknown): unknown {
  const reason = (error as NodeJS.ErrnoException).code;
  if (error instanceof FormatFault || reason === undefined) return error;
  return new FormatFault(`the file must be readable, got ${reason}`, { reason });
}

/**
 * `length`, for spans that lie in the source: nothing is asked of memory before.
 * @throws {FormatFault} It does not.
 */
export function checkedSpan(source: ByteSource, at: number, length: number): number {
  if (at >= 0 && length >= 0 && at + length <= source.size) return length;
  throw new FormatFault(`the file must hold what it refers to, got ${length} bytes from ${at} of ${source.size}`);
}
