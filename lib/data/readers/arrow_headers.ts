/** A kind of flatbuffer field that leads elsewhere; scalars do not matter. */
type FieldShape = 'string' | { table: () => TableShape } | { tables: () => TableShape } | { bytesEach: number };

/** The fields of a table that lead elsewhere, by number. */
type TableShape = Readonly<Record<number, FieldShape>>;

// Source: Apache Arrow's format/{Message,Schema,File}.fbs.
const KEY_VALUE: TableShape = { 0: 'string', 1: 'string' };
const DICTIONARY_ENCODING: TableShape = { 1: { table: () => ({}) } };
/** Union's type ids; Timestamp's time zone. */
const TYPE_FIELDS: Readonly<Record<number, TableShape>> = { 10: { 1: 'string' }, 14: { 1: { bytesEach: 4 } } };
const RECORD_BATCH: TableShape = {
  1: { bytesEach: 16 },
  2: { bytesEach: 16 },
  3: { table: () => ({}) },
  4: { bytesEach: 8 },
};
const DICTIONARY_BATCH: TableShape = { 1: { table: () => RECORD_BATCH } };
const SCHEMA: TableShape = { 1: { tables: () => FIELD }, 2: { tables: () => KEY_VALUE }, 3: { bytesEach: 8 } };
const FIELD: TableShape = {
  0: 'string',
  4: { table: () => DICTIONARY_ENCODING },
  5: { tables: () => FIELD },
  6: { tables: () => KEY_VALUE },
};
const FOOTER: TableShape = {
  1: { table: () => SCHEMA },
  2: { bytesEach: 24 },
  3: { bytesEach: 24 },
  4: { tables: () => KEY_VALUE },
};
const HEADERS: Readonly<Record<number, TableShape>> = { 1: SCHEMA, 2: DICTIONARY_BATCH, 3: RECORD_BATCH };

const MAX_DEPTH = 64;
const MAX_TABLES = 100_000;
/** Values of a column that needs no bytes for them: one of nulls alone. */
const MAX_NULLS = 1 << 16;

/**
 * Holds every offset and length of a message's header against its bytes: the library that reads Arrow does not, and
 * would loop over a hostile number of fields.
 */
class HeaderCheck {
  readonly #view: DataView;
  /** Where the outermost table lies. */
  readonly root: number;
  /** Bytes behind a message's header. */
  readonly bodyLength: number;
  #tables = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.root = this.follow(0);
    this.bodyLength = this.#int64(this.field(this.root, 3));
  }

  /** Where the table at an offset's field lies, or undefined when it is not set. */
  field(table: number, id: number): number | undefined {
    const vtable = table - this.#view.getInt32(table, true);
    const place = 4 + id * 2;
    if (place + 2 > this.#view.getUint16(vtable, true)) return undefined;
    const offset = this.#view.getUint16(vtable + place, true);
    return offset === 0 ? undefined : table + offset;
  }

  follow(place: number): number {
    return place + this.#view.getUint32(place, true);
  }

  byte(place: number | undefined): number {
    return place === undefined ? 0 : this.#view.getUint8(place);
  }

  #int64(place: number | undefined): number {
    return place === undefined ? 0 : Number(this.#view.getBigInt64(place, true));
  }

  #setInt64(place: number, value: number): void {
    this.#view.setBigInt64(place, BigInt(value), true);
  }

  /** Where the batch of a message lies, of a dictionary's too; undefined of a schema. */
  get batch(): number | undefined {
    const header = this.field(this.root, 2);
    const kind = this.byte(this.field(this.root, 1));
    if (header === undefined || (kind !== 2 && kind !== 3)) return undefined;
    const table = this.follow(header);
    const data = kind === 2 ? this.field(table, 1) : undefined;
    return data === undefined ? table : this.follow(data);
  }

  /** How a batch's buffers are packed; undefined where they are not. */
  packing(batch: number | undefined): Packing | undefined {
    const place = batch === undefined ? undefined : this.field(batch, 3);
    if (place === undefined) return undefined;
    const table = this.follow(place);
    const codec = CODECS[this.byte(this.field(table, 0))];
    if (codec === undefined || this.byte(this.field(table, 1)) !== 0) throw new RangeError('an unknown compression');
    const offsets = this.numbers(batch!, 2, 16);
    const list = offsets.length === 0 ? 0 : this.follow(this.field(batch!, 2)!);
    return { codec, buffers: offsets.map((offset, i) => ({ offset, length: this.#int64(list + 12 + 16 * i) })) };
  }

  /** Makes the header that of a message with such buffers, which are not packed. */
  setUnpacked(buffers: readonly BufferRegion[], bodyLength: number): void {
    const batch = this.batch!;
    const [message, own] = [this.root, batch].map((table) => table - this.#view.getInt32(table, true));
    const length = this.field(this.root, 3);
    if (message === own || length === undefined) throw new RangeError('a compressed batch without body');
    this.#setInt64(length, bodyLength);
    const list = buffers.length === 0 ? 0 : this.follow(this.field(batch, 2)!);
    for (const [i, region] of buffers.entries()) {
      this.#setInt64(list + 4 + 16 * i, region.offset);
      this.#setInt64(list + 12 + 16 * i, region.length);
    }
    // The field of the compression is not set.
    this.#view.setUint16(own! + 10, 0, true);
  }

  /** The 64-bit numbers that elements of a list begin with. */
  numbers(table: number, id: number, bytesEach: number): number[] {
    const place = this.field(table, id);
    if (place === undefined) return [];
    const list = this.follow(place);
    const length = this.#view.getUint32(list, true);
    return Array.from({ length }, (_, i) => this.#int64(list + 4 + bytesEach * i));
  }

  table(table: number, shape: TableShape, depth = 0): void {
    if (depth > MAX_DEPTH || ++this.#tables > MAX_TABLES) throw new RangeError('a header of too many parts');
    for (const [id, field] of Object.entries(shape)) {
      const place = this.field(table, Number(id));
      if (place !== undefined) this.#check(this.follow(place), field, depth);
    }
    // What packed buffers hold is known when they are unpacked: the header is checked again then.
    if (shape === RECORD_BATCH && this.field(table, 3) === undefined) this.#checkLengths(table);
    if (shape !== FIELD) return;
    const type = this.field(table, 3);
    if (type !== undefined)
      this.table(this.follow(type), TYPE_FIELDS[this.byte(this.field(table, 2))] ?? {}, depth + 1);
  }

  /** Lengths that the library allocates by before it looks at the body: any other value takes a bit or more there. */
  #checkLengths(batch: number): void {
    const most = 8 * this.bodyLength + MAX_NULLS;
    for (const length of [this.#int64(this.field(batch, 0)), ...this.numbers(batch, 1, 16)])
      if (!(length >= 0 && length <= most)) throw new RangeError(`${length} values in ${this.bodyLength} bytes`);
    const buffers = this.numbers(batch, 2, 16).length;
    for (const parts of this.numbers(batch, 4, 8))
      if (!(parts >= 0 && parts <= buffers)) throw new RangeError(`a column of ${parts} of ${buffers} buffers`);
  }

  #check(place: number, field: FieldShape, depth: number): void {
    if (typeof field === 'object' && 'table' in field) return this.table(place, field.table(), depth + 1);
    const length = this.#view.getUint32(place, true);
    const bytesEach = field === 'string' ? 1 : 'tables' in field ? 4 : field.bytesEach;
    if (length * bytesEach > this.#view.byteLength - place - 4) throw new RangeError(`a list of ${length} in a header`);
    if (field === 'string' || !('tables' in field)) return;
    for (let i = 0; i < length; i++) this.table(this.follow(place + 4 + 4 * i), field.tables(), depth + 1);
  }
}

/** Where a buffer lies in its message's body. @internal */
export interface BufferRegion {
  offset: number;
  length: number;
}

/** How the buffers of a batch are packed, each by itself. @internal */
export interface Packing {
  codec: 'lz4' | 'zstd';
  buffers: BufferRegion[];
}

/** What a header says of its message. @internal */
export interface MessageHead {
  kind: 'schema' | 'dictionary' | 'batch';
  /** Bytes of the body behind the header. */
  bodyLength: number;
  packing?: Packing | undefined;
}

const KINDS = { 1: 'schema', 2: 'dictionary', 3: 'batch' } as const;
const CODECS: readonly (Packing['codec'] | undefined)[] = ['lz4', 'zstd'];

/**
 * Checks a message's header.
 *
 * @throws {RangeError} An offset or length leaves the header, it nests too deep, or it is of an unknown kind.
 * @internal
 */
export function checkHeader(bytes: Uint8Array): MessageHead {
  const check = new HeaderCheck(bytes);
  const { root: message, bodyLength } = check;
  const kind = check.byte(check.field(message, 1)) as keyof typeof KINDS;
  const header = check.field(message, 2);
  const shape = HEADERS[kind];
  if (header === undefined || shape === undefined) throw new RangeError(`a message of unknown kind ${kind}`);
  if (!Number.isSafeInteger(bodyLength) || bodyLength < 0) throw new RangeError(`a body of ${bodyLength} bytes`);
  check.table(check.follow(header), shape);
  check.table(message, { 4: { tables: () => KEY_VALUE } });
  return { kind: KINDS[kind], bodyLength, packing: check.packing(check.batch) };
}

/**
 * The header of a message whose buffers were unpacked, checked again.
 * @throws {RangeError} The batch has other lengths than its buffers hold.
 * @internal
 */
export function unpackedHeader(
  bytes: Uint8Array,
  buffers: readonly BufferRegion[],
  bodyLength: number,
): Uint8Array<ArrayBuffer> {
  const header = Uint8Array.from(bytes);
  new HeaderCheck(header).setUnpacked(buffers, bodyLength);
  checkHeader(header);
  return header;
}

/**
 * Checks a file's footer.
 *
 * @returns Where its dictionaries and batches begin.
 * @throws {RangeError} An offset or length leaves the footer, or it has no schema.
 * @internal
 */
export function checkFooter(bytes: Uint8Array): Record<'dictionary' | 'batch', number[]> {
  const check = new HeaderCheck(bytes);
  if (check.field(check.root, 1) === undefined) throw new RangeError('a footer without schema');
  check.table(check.root, FOOTER);
  return { dictionary: check.numbers(check.root, 2, 24), batch: check.numbers(check.root, 3, 24) };
}
