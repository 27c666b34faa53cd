import yauzl from 'yauzl';
import { AbortError } from '../../util/errors.js';
import type { LoopPacer } from '../../util/yield.js';
import { type ByteSource, checkedSpan } from './byte_source.js';
import { FormatFault } from './fault.js';

const MAX_ENTRIES = 1 << 18;
const MAX_NAME_BYTES = 1024;
/** Read at once: many entries of the directory. */
const WINDOW_BYTES = 4096;
const STORED = 0;

/** A file inside of a zip file. */
export type ZipEntry = Pick<
  yauzl.Entry,
  'fileName' | 'compressedSize' | 'compressionMethod' | 'relativeOffsetOfLocalHeader'
>;

/** Feeds yauzl from a source; no offset of the file is trusted, and nothing thrown in yauzl's callbacks is lost. */
class SourceReader extends yauzl.RandomAccessReader {
  /** Settles, with an error, only when yauzl throws. */
  readonly broken: Promise<never>;
  #break!: (error: unknown) => void;
  readonly #source: ByteSource;
  #window: Uint8Array = new Uint8Array(0);
  #windowAt = 0;

  constructor(source: ByteSource) {
    super();
    this.#source = source;
    this.broken = new Promise<never>((_, reject) => (this.#break = reject));
    this.broken.catch(() => {});
  }

  override read(target: Buffer, offset: number, length: number, at: number, done: (error: Error | null) => void): void {
    this.#bytes(at, length)
      .then(
        (bytes) => {
          target.set(bytes, offset);
          done(null);
        },
        (error: unknown) => done(error as Error),
      )
      .catch(this.#break);
  }

  async #bytes(at: number, length: number): Promise<Uint8Array> {
    checkedSpan(this.#source, at, length);
    if (at < this.#windowAt || at + length > this.#windowAt + this.#window.length) {
      this.#window = await this.#source.read(at, Math.min(Math.max(length, WINDOW_BYTES), this.#source.size - at));
      this.#windowAt = at;
    }
    return this.#window.subarray(at - this.#windowAt, at - this.#windowAt + length);
  }
}

/** The stored files of a zip file, by name; offsets are checked, contents are not read. */
export class ZipEntries {
  readonly #zip: yauzl.ZipFile;
  readonly #reader: SourceReader;
  readonly #entries: ReadonlyMap<string, ZipEntry>;
  /** Offsets of all local headers, in order, then the directory's. */
  readonly #bounds: readonly number[];

  private constructor(zip: yauzl.ZipFile, reader: SourceReader, entries: ReadonlyMap<string, ZipEntry>, end: number) {
    this.#zip = zip;
    this.#reader = reader;
    this.#entries = entries;
    const offsets = Array.from(entries.values(), (entry) => entry.relativeOffsetOfLocalHeader);
    this.#bounds = [...offsets, end].sort((a, b) => a - b);
  }

  /**
   * Reads the directory.
   * @throws {FormatFault} It is malformed, or names a file twice.
   */
  static async read(source: ByteSource, pacer: LoopPacer): Promise<ZipEntries> {
    const reader = new SourceReader(source);
    return guarded(reader, async () => {
      const zip = await yauzl.fromRandomAccessReaderPromise(reader, source.size, { autoClose: false });
      // A number, whatever its type declares.
      const end = Number(zip.readEntryCursor);
      if (zip.entryCount > MAX_ENTRIES)
        throw new FormatFault(`a zip file must have at most ${MAX_ENTRIES} entries, got ${zip.entryCount}`);
      const entries = new Map<string, ZipEntry>();
      for await (const entry of zip.eachEntry()) {
        const { fileName, compressedSize, compressionMethod, relativeOffsetOfLocalHeader } = entry;
        if (entry.fileNameLength > MAX_NAME_BYTES)
          throw new FormatFault(`names in a zip file must have at most ${MAX_NAME_BYTES} bytes, got more`);
        if (entries.has(fileName))
          throw new FormatFault(`names in a zip file must differ, got ${JSON.stringify(fileName)} twice`);
        if (entry.isEncrypted()) throw new FormatFault(`${JSON.stringify(fileName)} must not be encrypted`);
        if (pacer.isDue()) await pacer.pause();
        entries.set(fileName, { fileName, compressedSize, compressionMethod, relativeOffsetOfLocalHeader });
      }
      return new ZipEntries(zip, reader, entries, end);
    });
  }

  names(): Iterable<string> {
    return this.#entries.keys();
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /**
   * Where an entry's bytes stand.
   * @throws {FormatFault} It is not there, compressed, or overlaps another.
   */
  async locate(name: string): Promise<{ at: number; length: number }> {
    const entry = this.#entries.get(name);
    const shown = JSON.stringify(name.slice(0, 100));
    if (entry === undefined) throw new FormatFault(`the zip file must hold ${shown}, got no such entry`);
    if (entry.compressionMethod !== STORED)
      throw new FormatFault(`${shown} must be stored as it is, got compression method ${entry.compressionMethod}`);
    const { fileDataStart } = await guarded(this.#reader, () =>
      this.#zip.readLocalFileHeaderPromise(entry as yauzl.Entry, { minimal: true }),
    );
    const next = this.#nextBound(entry.relativeOffsetOfLocalHeader);
    if (fileDataStart + entry.compressedSize > next)
      throw new FormatFault(`entries of a zip file must not overlap, got ${shown} past byte ${next}`);
    return { at: fileDataStart, length: entry.compressedSize };
  }

  /** Of the bounds after the one at `offset`, the first: the same where two entries begin there. */
  #nextBound(offset: number): number {
    let low = 0;
    let high = this.#bounds.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#bounds[middle]! < offset) low = middle + 1;
      else high = middle;
    }
    return this.#bounds[low + 1] ?? offset;
  }
}

/** What yauzl says as a fault. */
async function guarded<T>(reader: SourceReader, work: () => Promise<T>): Promise<T> {
  try {
    return await Promise.race([work(), reader.broken]);
  } catch (error) {
    if (error instanceof FormatFault || error instanceof AbortError) throw error;
    throw new FormatFault(`the zip file must be whole and of one piece, got ${(error as Error).message}`);
  }
}
