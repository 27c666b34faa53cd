import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, mkdtemp, open, rename, rm, rmdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { throwIfAborted } from './abort.js';
import { checkPath } from './checked_path.js';
import { CheckpointError, GridstrideError } from './errors.js';

/** What a file is made of: one piece, or pieces in order. */
export type FileContents = string | Uint8Array | Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** What {@link writeFileAtomic} takes beside path and contents. */
export interface AtomicWriteOptions {
  /** Checked before every piece; the old file stays when it fires. */
  signal?: AbortSignal | undefined;
}

/** UTF-16 units encoded at a time: keeps a long string from holding the event loop. */
const STRING_PIECE = 1 << 18;

function systemCode(error: unknown): string | undefined {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** @internal */
export function toCheckpointError(where: string, rule: string, path: string, error: unknown): unknown {
  // What the caller's own pieces throw is the caller's; only the file system's failures get our type.
  const code = systemCode(error);
  if (error instanceof GridstrideError || code === undefined) return error;
  return new CheckpointError(`${where}: ${rule}, got ${code} for ${path}`, { path, reason: code }, { cause: error });
}

function* pieces(text: string): Iterable<string> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + STRING_PIECE, text.length);
    const isSplitPair = end < text.length && (text.charCodeAt(end - 1) & 0xfc00) === 0xd800;
    if (isSplitPair) end -= 1;
    yield text.slice(start, end);
    start = end;
  }
}

async function writeAll(file: FileHandle, contents: FileContents, signal: AbortSignal | undefined): Promise<void> {
  const isOnePiece = typeof contents === 'string' || contents instanceof Uint8Array;
  for await (const piece of isOnePiece ? [contents] : contents) {
    for (const part of typeof piece === 'string' ? pieces(piece) : [piece]) {
      throwIfAborted(signal, 'writeFileAtomic');
      // writeFile on a handle goes on at the current position and retries short writes.
      await file.writeFile(part);
    }
  }
}

/** Makes a rename durable; file systems that cannot sync a folder say so and are left alone. @internal */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } catch (error) {
    if (!['EINVAL', 'ENOTSUP', 'ENOSYS'].includes(systemCode(error) ?? '')) throw error;
  } finally {
    await handle.close();
  }
}

/**
 * Writes a file so that a reader, or a crash at any moment, sees the old file or the whole new one:
 * temporary file in the same folder, fsync, rename, fsync of the folder. A failure leaves no temporary file behind.
 *
 * @param path The file; its folder must exist ({@link ensureWritableFolder}).
 * @throws {CheckpointError} The file cannot be written; fields: path, reason (the system's code).
 * @throws {AbortError} The signal fired before the file was in place.
 * @internal
 */
export async function writeFileAtomic(
  path: string,
  contents: FileContents,
  options: AtomicWriteOptions = {},
): Promise<void> {
  const { signal } = options;
  throwIfAborted(signal, 'writeFileAtomic');
  const folder = dirname(resolve(path));
  const temporary = join(folder, `.${basename(path).slice(0, 50)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await writeAll(file, contents, signal);
      await file.sync();
    } finally {
      await file.close();
    }
    throwIfAborted(signal, 'writeFileAtomic');
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw toCheckpointError('writeFileAtomic', 'the file must be writable', path, error);
  }
}

/**
 * Makes a folder and those above it, level by level: Node 20's own `recursive` never returns where the system says of
 * a new folder that there is no such file, as it does below /proc.
 * @internal
 */
export async function makeFolder(path: string, isRetry = false): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const parent = dirname(path);
    if (systemCode(error) === 'ENOENT' && !isRetry && parent !== path) {
      await makeFolder(parent);
      return makeFolder(path, true);
    }
    const found = await stat(path).catch(() => undefined);
    if (!found?.isDirectory()) throw error;
  }
}

/**
 * Makes a folder and those above it, and checks that files can be made in it: to be called before hours of work.
 *
 * @throws {CheckpointError} It cannot be made or written; fields: path, reason (the system's code).
 * @internal
 */
export async function ensureWritableFolder(path: string): Promise<void> {
  checkPath('ensureWritableFolder', 'the output folder', path, CheckpointError);
  try {
    await makeFolder(path);
    // Tried, not asked for: the system grants its administrator what a file system then refuses.
    await rmdir(await mkdtemp(join(path, '.writable-')));
  } catch (error) {
    throw toCheckpointError('ensureWritableFolder', 'the output folder must be writable', path, error);
  }
}
