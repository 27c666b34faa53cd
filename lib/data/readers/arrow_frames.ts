import { checkHeader } from './arrow_headers.js';

/** Longest header of a message taken: a schema of some hundred thousand columns. @internal */
export const MAX_HEADER = 1 << 24;
/** @internal */
export const FILE_MAGIC = 'ARROW1';
/** @internal */
export const CONTINUATION = 0xffffffff;

/** A message's header and body. @internal */
export interface ArrowMessage {
  header: Uint8Array<ArrayBuffer>;
  body: Uint8Array<ArrayBuffer>;
}

/** Bytes that come in pieces, taken in the lengths asked for; nothing is allocated before its bytes are there. */
class Pieces {
  readonly #source: AsyncIterator<Uint8Array>;
  #kept: Uint8Array[] = [];
  #length = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next bytes, aligned as typed arrays need them; fewer than asked for at the end. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    while (this.#length < length) {
      const { value, done } = await this.#source.next();
      if (done) break;
      this.#kept.push(value);
      this.#length += value.length;
    }
    const taken = new Uint8Array(Math.min(length, this.#length));
    let end = 0;
    while (end < taken.length) {
      const piece = this.#kept[0]!;
      const part = piece.subarray(0, taken.length - end);
      taken.set(part, end);
      end += part.length;
      if (part.length === piece.length) this.#kept.shift();
      else this.#kept[0] = piece.subarray(part.length);
    }
    this.#length -= taken.length;
    return taken;
  }

  async close(): Promise<void> {
    await this.#source.return?.();
  }
}

/** A length of four bytes, behind the marker that newer writers put before it; 0 at the end. */
async function readLength(pieces: Pieces): Promise<number> {
  for (let marks = 0; marks < 2; marks++) {
    const bytes = await pieces.take(4);
    if (bytes.length === 0) return 0;
    if (bytes.length < 4) throw new RangeError('an end within a message');
    const length = new DataView(bytes.buffer).getUint32(0, true);
    if (length !== CONTINUATION) return length;
  }
  throw new RangeError('two markers in a row');
}

/**
 * The messages of an Arrow stream, each whole and with its header checked. A file that comes as a stream is read from the
 * front, as most writers put one stream between its magic and its footer.
 *
 * @param unpack Called for a message with packed buffers.
 * @throws {RangeError} A message is malformed or does not end.
 * @internal
 */
export async function* arrowFrames(
  source: AsyncIterable<Uint8Array>,
  unpack: (message: ArrowMessage) => Promise<ArrowMessage>,
): AsyncGenerator<Uint8Array> {
  const pieces = new Pieces(source);
  try {
    let start = await pieces.take(8);
    if (Buffer.from(start).toString('latin1', 0, 6) === FILE_MAGIC) start = new Uint8Array(0);
    const rest = new Pieces(joined(start, pieces));
    for (let length = await readLength(rest); length > 0; length = await readLength(rest)) {
      if (length > MAX_HEADER) throw new RangeError(`a header of ${length} bytes`);
      const header = await rest.take(length);
      if (header.length < length) throw new RangeError('an end within a header');
      const { bodyLength, packing } = checkHeader(header);
      const body = await rest.take(bodyLength);
      if (body.length < bodyLength) throw new RangeError('an end within a body');
      const prefix = new Uint8Array(8);
      new DataView(prefix.buffer).setUint32(0, CONTINUATION, true);
      new DataView(prefix.buffer).setUint32(4, length, true);
      const message = packing === undefined ? { header, body } : await unpack({ header, body });
      yield prefix;
      yield message.header;
      yield message.body;
    }
  } finally {
    await pieces.close();
  }
}

async function* joined(start: Uint8Array, pieces: Pieces): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  for (let piece = await pieces.take(1 << 16); piece.length > 0; piece = await pieces.take(1 << 16)) yield piece;
}
