import { TokenizerError } from '../../util/errors.js';

/** One field of a message: a number (of varints the low 32 bits, signed), or bytes. @internal */
export interface ProtoField {
  number: number;
  /** Of varints and fixed32; the latter also as `bytes`. */
  value: number;
  bytes: Uint8Array;
}

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const NO_BYTES = new Uint8Array();

/** A place in a file that nobody vouches for. */
class Cursor {
  constructor(
    readonly file: string,
    readonly data: Uint8Array,
    /** Where the data begins in the file. */
    readonly base: number,
    public at = 0,
  ) {}

  fail(rule: string): never {
    const place = this.base + this.at;
    throw new TokenizerError(`${this.file}: must ${rule} at byte ${place}`, { file: this.file, place });
  }

  take(size: number): Uint8Array {
    if (size > this.data.length - this.at) this.fail(`hold ${size} more bytes`);
    return this.data.subarray(this.at, (this.at += size));
  }

  /** At most ten bytes; the bits past the 32nd are dropped. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= this.data.length) this.fail('end a number');
      const byte = this.data[this.at++]!;
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return this.fail('have a number of ten bytes or less');
  }
}

/**
 * The fields of a message in protocol buffers' wire format (protobuf.dev/programming-guides/encoding), in the order of the
 * file. Groups are refused.
 *
 * @param base Where the message begins in its file.
 * @throws {TokenizerError} The message is cut off or malformed; the text names the file and the byte.
 * @internal
 */
export function* protoFields(file: string, message: Uint8Array, base = 0): Generator<ProtoField & { base: number }> {
  const cursor = new Cursor(file, message, base);
  while (cursor.at < message.length) {
    const key = cursor.varint();
    const field: ProtoField & { base: number } = { number: key >>> 3, value: 0, bytes: NO_BYTES, base: 0 };
    if (field.number === 0) cursor.fail('have fields with a number');
    switch (key & 7) {
      case WIRE.varint:
        field.value = cursor.varint();
        break;
      case WIRE.fixed64:
        field.bytes = cursor.take(8);
        break;
      case WIRE.bytes: {
        const size = cursor.varint();
        if (size < 0) cursor.fail('have fields of less than 2 GiB');
        field.base = base + cursor.at;
        field.bytes = cursor.take(size);
        break;
      }
      case WIRE.fixed32: {
        field.bytes = cursor.take(4);
        const { buffer, byteOffset } = field.bytes;
        field.value = new DataView(buffer, byteOffset, 4).getInt32(0, true);
        break;
      }
      default:
        cursor.fail('have fields of a known wire type');
    }
    yield field;
  }
}

/** The float of a fixed32 field. @internal */
export function floatOf({ bytes }: ProtoField): number {
  return bytes.length === 4 ? new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true) : Number.NaN;
}
