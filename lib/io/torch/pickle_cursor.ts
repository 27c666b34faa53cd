import { FormatFault, PickleCutShort } from './fault.js';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
/** Of one text or run of bytes: tensors stand beside the pickle. */
const MAX_TEXT_BYTES = 1 << 20;
const MAX_LINE_BYTES = 4096;
const MAX_INTEGER_BYTES = 32;
const NEW_LINE = 0x0a;

/** Steps through a pickle's bytes; nothing is read past their end and no length is believed. */
export class PickleCursor {
  at: number;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Moves on by `length` and returns where it was. */
  #advance(length: number): number {
    const { at } = this;
    if (length > this.#bytes.length - at)
      throw new PickleCutShort(`the pickle must end with STOP, got its end at byte ${this.#bytes.length}`);
    this.at = at + length;
    return at;
  }

  u8(): number {
    return this.#bytes[this.#advance(1)]!;
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#advance(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#advance(4));
  }

  i32(): number {
    return this.#bytes.readInt32LE(this.#advance(4));
  }

  u64(): number {
    return Number(this.#bytes.readBigUInt64LE(this.#advance(8)));
  }

  /** Big-endian, as nothing else in a pickle. */
  f64(): number {
    return this.#bytes.readDoubleBE(this.#advance(8));
  }

  /** A copy: the pickle's bytes can go. */
  bytes(length: number): Uint8Array {
    const at = this.#advance(checkedLength(length));
    return Uint8Array.prototype.slice.call(this.#bytes, at, at + length);
  }

  text(length: number): string {
    const at = this.#advance(checkedLength(length));
    return this.#decode(at, at + length);
  }

  /** Text up to the end of its line. */
  line(encoding: 'utf8' | 'latin1' = 'utf8'): string {
    const { at } = this;
    const end = this.#bytes.subarray(at, at + MAX_LINE_BYTES).indexOf(NEW_LINE);
    if (end >= 0) {
      this.#advance(end + 1);
      return encoding === 'utf8' ? this.#decode(at, at + end) : this.#bytes.toString('latin1', at, at + end);
    }
    this.#advance(MAX_LINE_BYTES);
    throw new FormatFault(`lines of a pickle must have at most ${MAX_LINE_BYTES} bytes, got more at byte ${at}`);
  }

  /** A whole number of `length` bytes in two's complement, the lowest first. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES)
      throw new FormatFault(`whole numbers must have at most ${MAX_INTEGER_BYTES} bytes, got ${length}`);
    const at = this.#advance(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[at + i]!);
    return plainNumber(BigInt.asIntN(8 * length, value));
  }

  #decode(begin: number, end: number): string {
    try {
      return UTF8.decode(this.#bytes.subarray(begin, end));
    } catch {
      throw new FormatFault(`text must be UTF-8, got other bytes at byte ${begin}`);
    }
  }
}

/** A number wherever it holds the value exactly. */
export function plainNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function checkedLength(length: number): number {
  if (length <= MAX_TEXT_BYTES) return length;
  throw new FormatFault(`text in a pickle must have at most ${MAX_TEXT_BYTES} bytes, got ${length}`);
}
