import { ConfigError } from '../../util/errors.js';

/** Some text of a source. @internal */
export interface TextPiece {
  text: string;
  /** Where replacement characters stand for bytes that break the encoding. */
  broken: readonly number[];
}

const REPLACEMENT = '\ufffd';
/** The bytes of a replacement character in the encodings that may hold one. */
const GENUINE: Readonly<Record<string, Buffer>> = {
  'utf-8': Buffer.from(REPLACEMENT),
  'utf-16le': Buffer.of(0xfd, 0xff),
  'utf-16be': Buffer.of(0xff, 0xfd),
};

/**
 * Decodes bytes that come in pieces, without byte order mark. It goes on over bytes that break the encoding and tells
 * where they were: replacement characters that the text itself holds are not among them.
 * @internal
 */
export class Decoder {
  readonly #decoder: InstanceType<typeof TextDecoder>;
  readonly #genuine: Buffer | undefined;
  /** The last bytes, where a replacement character may begin. */
  #held: Uint8Array = new Uint8Array();
  #text = '';
  #broken: number[] = [];

  /** @throws {ConfigError} Node does not know the encoding. */
  constructor(where: string, encoding: string) {
    try {
      this.#decoder = new TextDecoder(encoding);
    } catch (cause) {
      throw new ConfigError(`${where}: encoding must be one that this Node knows, got ${encoding}`, {}, { cause });
    }
    this.#genuine = GENUINE[this.#decoder.encoding];
  }

  decode(bytes: Uint8Array): TextPiece {
    const all =
      this.#held.length === 0 ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length) : this.#joined(bytes);
    const end = all.length - this.#heldBytes(all);
    // A copy: whoever made the piece may fill it anew.
    this.#held = Uint8Array.from(all.subarray(end));
    for (let start = 0; start < end;) {
      const found = this.#genuine === undefined ? -1 : all.indexOf(this.#genuine, start);
      const stop = found < 0 ? end : found;
      this.#append(this.#decoder.decode(all.subarray(start, stop), { stream: true }), 0);
      if (found >= 0) this.#append(this.#decoder.decode(this.#genuine, { stream: true }), 1);
      start = found < 0 ? end : found + this.#genuine!.length;
    }
    return this.#take();
  }

  /** What the last bytes amount to. */
  end(): TextPiece {
    this.#append(this.#decoder.decode(this.#held), 0);
    return this.#take();
  }

  #joined(bytes: Uint8Array): Buffer {
    return Buffer.concat([this.#held, bytes]);
  }

  #heldBytes(bytes: Buffer): number {
    const genuine = this.#genuine;
    if (genuine === undefined) return 0;
    for (let count = genuine.length - 1; count > 0; count--)
      if (bytes.length >= count && bytes.subarray(-count).equals(genuine.subarray(0, count))) return count;
    return 0;
  }

  /** @param genuine how many replacement characters at the end are the text's own */
  #append(text: string, genuine: number): void {
    const end = text.length - genuine;
    for (let at = text.indexOf(REPLACEMENT); at >= 0 && at < end; at = text.indexOf(REPLACEMENT, at + 1))
      this.#broken.push(this.#text.length + at);
    this.#text += text;
  }

  #take(): TextPiece {
    const piece = { text: this.#text, broken: this.#broken };
    this.#text = '';
    if (piece.broken.length > 0) this.#broken = [];
    return piece;
  }
}
