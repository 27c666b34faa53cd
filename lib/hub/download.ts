import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { HubError } from '../util/errors.js';
import type { HubClient, RemoteFile } from './client.js';
import { PartialFile } from './partial_file.js';
import { ATTEMPTS, NetworkTrouble } from './transport.js';

/** How often is looked whether another process is done. */
const PATIENCE_MS = 200;
const READ_BYTES = 1 << 18;

/** What a download is of, and whom it tells of its bytes; less than 0 where some were of no use. @internal */
export interface DownloadJob {
  client: HubClient;
  commit: string;
  file: RemoteFile;
  /** Where the file goes. */
  blob: string;
  onBytes(count: number): void;
}

/** Downloads under way in this thread, by the file they fill. */
const underWay = new Map<string, Promise<void>>();

/**
 * Downloads a file to the cache's blobs, unless it is there: goes on where an earlier download broke off, checks the
 * contents, and lets one at a time of all threads and processes do it.
 * @throws HubError, NetworkTrouble, AbortError, errors of the file system
 * @internal
 */
export async function downloadBlob(job: DownloadJob): Promise<void> {
  const { blob, file, onBytes } = job;
  for (let running = underWay.get(blob); running !== undefined; running = underWay.get(blob)) {
    // Whether its caller has given up is no business of this one.
    await running.catch(() => undefined);
  }
  if (await isWhole(job)) return onBytes(file.size);
  const run = download(job).finally(() => underWay.delete(blob));
  underWay.set(blob, run);
  await run;
}

async function isWhole({ blob, file }: DownloadJob): Promise<boolean> {
  const found = await stat(blob).catch(() => undefined);
  return found?.size === file.size;
}

async function download(job: DownloadJob): Promise<void> {
  const { client, blob, file } = job;
  for (;;) {
    const partial = await PartialFile.open(blob);
    if (partial !== undefined) return fill(partial, job);
    await client.transport.pause(PATIENCE_MS);
    if (await isWhole(job)) return job.onBytes(file.size);
  }
}

async function fill(partial: PartialFile, job: DownloadJob): Promise<void> {
  const { size: begin } = await stat(partial.path);
  try {
    const isSound = (await filled(partial, job)) || (begin > 0 && (await filled(partial, job)));
    if (isSound) return await partial.complete();
    await partial.remove();
  } catch (error) {
    await partial.giveUp().catch(() => undefined);
    throw error;
  }
  const { file, client } = job;
  const text = `hub: ${file.path} of ${client.repo} must have the checksum ${file.checksum}, got another`;
  throw new HubError(text, { repo: client.repo, path: file.path, checksum: file.checksum });
}

/** Downloads what a part lacks. @returns whether the contents are those meant; else nothing is left of them */
async function filled(partial: PartialFile, job: DownloadJob): Promise<boolean> {
  const { file, onBytes } = job;
  const handle = await open(partial.path, 'a+');
  try {
    const writer = await PartWriter.resume(handle, partial.path, file);
    onBytes(writer.bytes);
    await receive(writer, job);
    if (writer.digest() === file.checksum) return true;
    onBytes(-writer.bytes);
    await handle.truncate(0);
    return false;
  } finally {
    await handle.close();
  }
}

/** The bytes of a part, hashed while they are written. */
class PartWriter {
  bytes = 0;
  readonly #handle: FileHandle;
  readonly #file: RemoteFile;
  #hash: Hash;

  private constructor(handle: FileHandle, file: RemoteFile) {
    this.#handle = handle;
    this.#file = file;
    this.#hash = freshHash(file);
  }

  /** Goes on after what is there; a part that is longer than the whole begins anew. */
  static async resume(handle: FileHandle, place: string, file: RemoteFile): Promise<PartWriter> {
    const writer = new PartWriter(handle, file);
    const { size } = await handle.stat();
    if (size > file.size) await handle.truncate(0);
    else if (size > 0)
      for await (const piece of createReadStream(place, { highWaterMark: READ_BYTES })) writer.#count(piece as Buffer);
    return writer;
  }

  async write(piece: Uint8Array): Promise<void> {
    for (let at = 0; at < piece.length;) at += (await this.#handle.write(piece, at)).bytesWritten;
    this.#count(piece);
  }

  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#hash = freshHash(this.#file);
    this.bytes = 0;
  }

  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  #count(piece: Uint8Array): void {
    this.#hash.update(piece);
    this.bytes += piece.length;
  }
}

/** Of large files the hub states SHA-256, of others what git calls them. */
function freshHash({ checksum, size }: RemoteFile): Hash {
  return checksum.length === 64 ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

/** Asks for the bytes that are lacking, until all are there; answers that bring some do not count as tries. */
async function receive(writer: PartWriter, job: DownloadJob): Promise<void> {
  const { client, file } = job;
  for (let attempt = 1; writer.bytes < file.size; attempt++) {
    const before = writer.bytes;
    try {
      await receiveOnce(writer, job);
      if (writer.bytes < file.size) throw new NetworkTrouble(`${writer.bytes} of ${file.size} bytes of ${file.path}`);
    } catch (error) {
      if (writer.bytes > before) attempt = 1;
      if (!(error instanceof NetworkTrouble) || attempt >= ATTEMPTS) throw error;
      await client.transport.pause(client.transport.waitOf(attempt));
    }
  }
}

async function receiveOnce(writer: PartWriter, { client, commit, file, onBytes }: DownloadJob): Promise<void> {
  const answer = await client.open(commit, file, writer.bytes);
  const range = answer.headers.get('content-range') ?? '';
  const goesOn = answer.status === 206 && range.startsWith(`bytes ${writer.bytes}-`) && range.endsWith(`/${file.size}`);
  if (answer.status === 416 || (answer.status === 206 && !goesOn)) {
    answer.drop();
    onBytes(-writer.bytes);
    await writer.restart();
    throw new NetworkTrouble(`the range ${JSON.stringify(range)} of ${file.path}`);
  }
  if (answer.status === 200 && writer.bytes > 0) {
    onBytes(-writer.bytes);
    await writer.restart();
  }
  for await (const piece of answer.body()) {
    if (writer.bytes + piece.length > file.size) {
      onBytes(-writer.bytes);
      await writer.restart();
      const text = `hub: ${file.path} of ${client.repo} must have ${file.size} bytes, got more`;
      throw new HubError(text, { repo: client.repo, path: file.path, size: file.size });
    }
    await writer.write(piece);
    onBytes(piece.length);
  }
}
