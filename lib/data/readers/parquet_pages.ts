import type { ColumnMetaData } from 'hyparquet';
import { compressors } from './parquet_compressors.js';
import { type ThriftStruct, ThriftReader } from './parquet_thrift.js';

/** Largest page taken, unpacked; writers aim at 1 MiB. */
const MAX_PAGE = 1 << 28;
/** Most bytes of a column's pages in one row group, unpacked. */
const MAX_CHUNK = 2 ** 30;
/** Runs may go past the page's values as far as padding does. */
const PADDING_VALUES = 512;
const [DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2] = [0, 2, 3];
const [PLAIN, PLAIN_DICTIONARY, RLE, DELTA_BINARY, DELTA_LENGTH, RLE_DICTIONARY, BYTE_STREAM_SPLIT] = [
  0, 2, 3, 5, 6, 8, 9,
];

/** A column chunk whose pages are to be checked. @internal */
export interface PageColumn {
  meta: ColumnMetaData;
  /** Highest repetition and definition level of the column. */
  maxRepetition: number;
  maxDefinition: number;
}

/** What a page's header says, whichever version it is of. */
interface PageHead {
  values: number;
  encoding: number;
  /** Bytes of levels before the values, of version 2. */
  repetitionBytes?: number;
  definitionBytes?: number;
}

function count(fields: ThriftStruct, id: number, most: number, what: string): number {
  const value = fields.get(id);
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  throw new RangeError(`${what} of ${String(value)}, where at most ${most} may be`);
}

function section(fields: ThriftStruct, id: number): ThriftStruct {
  const value = fields.get(id);
  if (value instanceof Map) return value;
  throw new RangeError('a page header without its part');
}

/**
 * Refuses a column chunk whose pages' lengths, counts and runs do not fit together: the decoder would allocate and loop
 * by them unseen.
 *
 * @throws {RangeError} The text says what was got.
 * @internal
 */
export function checkPages(chunk: Uint8Array, column: PageColumn): void {
  const reader = new ThriftReader(chunk);
  let valuesLeft = Number(column.meta.num_values);
  let bytesLeft = MAX_CHUNK;
  // The decoder stops before a last single byte, too.
  while (reader.offset < chunk.length - 1 && valuesLeft > 0) {
    const header = reader.struct();
    const packedSize = count(header, 3, chunk.length - reader.offset, 'a packed page size');
    const size = count(header, 2, Math.min(MAX_PAGE, bytesLeft), 'a page size');
    const packed = chunk.subarray(reader.offset, reader.offset + packedSize);
    reader.offset += packedSize;
    bytesLeft -= size;
    const type = header.get(1);
    if (type === DICTIONARY_PAGE) {
      // Truth values have no dictionary: each entry takes a byte or more.
      count(section(header, 7), 1, size, 'a dictionary length');
      continue;
    }
    if (type !== DATA_PAGE && type !== DATA_PAGE_V2) throw new RangeError(`a page of unknown type ${String(type)}`);
    valuesLeft -=
      type === DATA_PAGE
        ? checkV1(header, packed, size, valuesLeft, column)
        : checkV2(header, packed, size, valuesLeft, column);
  }
  if (valuesLeft > 0) throw new RangeError(`${valuesLeft} values fewer than the column has`);
}

function unpack(packed: Uint8Array, size: number, { meta }: PageColumn): Uint8Array {
  if (meta.codec === 'UNCOMPRESSED') return packed;
  const page = compressors[meta.codec]?.(packed, size);
  if (page === undefined) throw new RangeError(`pages packed by ${meta.codec}`);
  return page;
}

function checkV1(header: ThriftStruct, packed: Uint8Array, size: number, most: number, column: PageColumn): number {
  const fields = section(header, 5);
  const head: PageHead = { values: count(fields, 1, most, 'a value count'), encoding: Number(fields.get(2)) };
  const page = unpack(packed, size, column);
  let offset = 0;
  for (const level of [column.maxRepetition, column.maxDefinition]) {
    if (level === 0) continue;
    const length = lengthAt(page, offset);
    checkRuns(page.subarray(offset + 4, offset + 4 + length), widthOf(level), head.values, true);
    offset += 4 + length;
  }
  checkValues(page.subarray(offset), head, column);
  return head.values;
}

function checkV2(header: ThriftStruct, packed: Uint8Array, size: number, most: number, column: PageColumn): number {
  const fields = section(header, 8);
  const values = count(fields, 1, most, 'a value count');
  count(fields, 2, values, 'a null count');
  count(fields, 3, values, 'a row count');
  const repetition = count(fields, 6, Math.min(packed.length, size), 'a level length');
  const definition = count(fields, 5, Math.min(packed.length, size) - repetition, 'a level length');
  const levels = [
    [column.maxRepetition, packed.subarray(0, repetition)],
    [column.maxDefinition, packed.subarray(repetition, repetition + definition)],
  ] as const;
  for (const [level, bytes] of levels) {
    if (level > 0) checkRuns(bytes, widthOf(level), values, true);
    // The decoder would take them for values.
    else if (bytes.length > 0) throw new RangeError(`levels of ${bytes.length} bytes in a column without`);
  }
  const rest = packed.subarray(repetition + definition);
  const page = fields.get(7) === false ? rest : unpack(rest, size - repetition - definition, column);
  checkValues(page, { values, encoding: Number(fields.get(4)) }, column);
  return values;
}

function widthOf(level: number): number {
  return 32 - Math.clz32(level);
}

function lengthAt(page: Uint8Array, offset: number): number {
  if (offset + 4 > page.length) throw new RangeError('a page that ends within its levels');
  const length = new DataView(page.buffer, page.byteOffset + offset, 4).getUint32(0, true);
  if (length > page.length - offset - 4) throw new RangeError(`a length of ${length} bytes, more than the page has`);
  return length;
}

/** Runs of the hybrid of run lengths and packed bits; `isWhole`: they must give all values. */
function checkRuns(bytes: Uint8Array, width: number, values: number, isWhole: boolean): void {
  const reader = new ThriftReader(bytes);
  let seen = 0;
  while (seen < values && reader.offset < bytes.length) {
    const head = Number(reader.varint());
    const isPacked = head % 2 === 1;
    const run = isPacked ? ((head - 1) / 2) * 8 : head / 2;
    if (run > values - seen + PADDING_VALUES) throw new RangeError(`a run of ${run} in a page of ${values} values`);
    reader.offset += isPacked ? (run / 8) * width : Math.ceil(width / 8);
    seen += run;
  }
  if (isWhole && seen < values) throw new RangeError(`levels of ${seen} values in a page of ${values}`);
}

function checkValues(bytes: Uint8Array, { values, encoding }: PageHead, { meta }: PageColumn): void {
  switch (encoding) {
    case PLAIN:
    case BYTE_STREAM_SPLIT:
      return;
    // The decoder reads runs of other types as if they were truth values, and the other way round.
    case RLE:
      if (meta.type !== 'BOOLEAN') throw new RangeError(`runs of ${meta.type}, where truth values alone have them`);
      checkRuns(bytes.subarray(4), 1, values, false);
      return;
    case PLAIN_DICTIONARY:
    case RLE_DICTIONARY:
      if (meta.type === 'BOOLEAN') throw new RangeError('a dictionary of truth values, which have none');
      if (bytes.length > 0) checkRuns(bytes.subarray(1), checkWidth(bytes[0]!), values, false);
      return;
    case DELTA_BINARY:
    case DELTA_LENGTH:
      if (bytes.length > 0) checkDeltas(bytes);
      return;
    default:
      throw new RangeError(`values of an encoding that is not read, ${encoding}`);
  }
}

function checkWidth(width: number): number {
  if (width <= 32) return width;
  throw new RangeError(`dictionary indices of ${width} bits`);
}

function checkDeltas(bytes: Uint8Array): void {
  const reader = new ThriftReader(bytes);
  const [block, miniblocks] = [Number(reader.varint()), Number(reader.varint())];
  const isSound = block > 0 && block <= 1 << 20 && miniblocks > 0 && miniblocks <= block && block % miniblocks === 0;
  if (!isSound) throw new RangeError(`delta blocks of ${block} values in ${miniblocks} parts`);
}
