/** A struct of Thrift's compact protocol: its fields by number. @internal */
export type ThriftStruct = ReadonlyMap<number, ThriftValue>;

/** Lists are checked, not kept. @internal */
export type ThriftValue = number | bigint | boolean | ThriftStruct | undefined;

/** Deeper than any Parquet header nests. */
const MAX_DEPTH = 32;

/**
 * Reads structs as Parquet has them, trusting nothing: every length is held against the bytes that are there before
 * anything of that length is made. The library that decodes Parquet does not do that.
 *
 * Source: Thrift compact protocol specification, https://github.com/apache/thrift/blob/master/doc/specs.
 * @internal
 */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  /** @throws {RangeError} It does not end, or a length exceeds what is there. */
  struct(depth = 0): ThriftStruct {
    if (depth > MAX_DEPTH) throw new RangeError(`a header nested over ${MAX_DEPTH} deep`);
    const fields = new Map<number, ThriftValue>();
    let id = 0;
    for (let head = this.#byte(); (head & 15) !== 0; head = this.#byte()) {
      const step = head >> 4;
      id = step === 0 ? Number(this.#zigzag()) : id + step;
      fields.set(id, this.#value(head & 15, depth));
    }
    return fields;
  }

  /** Whole number of up to 64 bits, lowest seven first. */
  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a number of more than ten bytes');
  }

  #zigzag(): bigint {
    const value = this.varint();
    return (value >> 1n) ^ -(value & 1n);
  }

  #byte(): number {
    const byte = this.#bytes[this.offset++];
    if (byte === undefined) throw new RangeError('a header that does not end');
    return byte;
  }

  #skip(bytes: number): void {
    if (bytes > this.#bytes.length - this.offset)
      throw new RangeError(`a length of ${bytes} bytes, more than there are`);
    this.offset += bytes;
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case 1:
      case 2:
        return type === 1;
      case 3:
        return this.#byte();
      case 4:
      case 5: {
        const value = this.#zigzag();
        if (value !== BigInt.asIntN(32, value)) throw new RangeError('a number of more than 32 bits');
        return Number(value);
      }
      case 6:
        return this.#zigzag();
      case 7:
        this.#skip(8);
        return undefined;
      case 8:
        this.#skip(Number(this.varint()));
        return undefined;
      case 9:
        return this.#list(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw new RangeError(`a field of unknown type ${type}`);
    }
  }

  #list(depth: number): undefined {
    if (depth > MAX_DEPTH) throw new RangeError(`a header nested over ${MAX_DEPTH} deep`);
    const head = this.#byte();
    const size = head >> 4 === 15 ? Number(this.varint()) : head >> 4;
    // Every element takes a byte or more.
    if (size > this.#bytes.length - this.offset) throw new RangeError(`a list of ${size}, more than there are bytes`);
    const type = head & 15;
    for (let i = 0; i < size; i++) {
      // Truth values are bytes in lists.
      if (type === 1 || type === 2) this.#byte();
      else this.#value(type, depth + 1);
    }
    return undefined;
  }
}
