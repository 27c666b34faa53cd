import type { Data, DataType } from 'apache-arrow';

/** Rows of a batch at most: only columns of nulls need no bytes for so many. */
const MAX_ROWS = 1 << 28;
/** Values checked between two looks at the clock. */
const STRIDE = 1 << 14;

// Arrow's type ids, as its Type enum has them.
const [NULL, INT, FLOAT, BINARY, UTF8, BOOL] = [1, 2, 3, 4, 5, 6];
const [DATE, TIME, TIMESTAMP, INTERVAL, LIST, STRUCT] = [8, 9, 10, 11, 12, 13];
const [FIXED_BINARY, FIXED_LIST, MAP, DURATION, LARGE_BINARY, LARGE_UTF8] = [15, 16, 17, 18, 19, 20];
const [LARGE_LIST, BINARY_VIEW, UTF8_VIEW, DICTIONARY] = [21, 23, 24, -1];

type Buffers = Data<DataType>;

/**
 * Holds the lengths and offsets of a column's buffers against what is there, as the library that reads them does not.
 * A generator, so that the caller can give the event loop its turns.
 *
 * @throws {RangeError} A buffer is shorter than its column, or an offset leaves it.
 * @internal
 */
export function* checkColumn(data: Buffers, least = 0): Generator<void> {
  const { length, nullBitmap, type } = data;
  if (!(length >= least && length <= MAX_ROWS)) throw new RangeError(`a column of ${length} values, not ${least}`);
  const hasNulls = nullBitmap !== undefined && nullBitmap.length > 0;
  if (hasNulls && nullBitmap.length * 8 < data.offset + length) throw short('null bits', nullBitmap.length * 8, length);
  switch (type.typeId as number) {
    case NULL:
      return;
    case BOOL:
      return need('truth values', (data.values as Uint8Array).length * 8, data.offset + length);
    case INT:
    case FLOAT:
    case DATE:
    case TIME:
    case TIMESTAMP:
    case INTERVAL:
    case DURATION:
    case FIXED_BINARY:
      return need('values', data.values.length, length * data.stride);
    case BINARY:
    case UTF8:
    case LARGE_BINARY:
    case LARGE_UTF8:
      return yield* checkOffsets(data, data.values.length);
    case BINARY_VIEW:
    case UTF8_VIEW:
      return yield* checkViews(data);
    case LIST:
    case LARGE_LIST:
    case MAP:
      yield* checkOffsets(data, data.children[0]!.length);
      return yield* checkColumn(data.children[0]!);
    case FIXED_LIST:
      return yield* checkColumn(data.children[0]!, length * data.stride);
    case STRUCT:
      for (const child of data.children) yield* checkColumn(child, length);
      return;
    case DICTIONARY:
      return yield* checkDictionary(data);
    default:
      throw new RangeError(`a column of type ${type.toString()}, which is not read`);
  }
}

function short(what: string, got: number, wanted: number): RangeError {
  return new RangeError(`${got} ${what} where ${wanted} belong`);
}

function need(what: string, got: number, wanted: number): void {
  if (got < wanted) throw short(what, got, wanted);
}

function* checkOffsets({ length, valueOffsets }: Buffers, end: number): Generator<void> {
  if (length === 0) return;
  need('offsets', valueOffsets.length, length + 1);
  let last = 0;
  for (let i = 0; i <= length; i++) {
    const offset = Number(valueOffsets[i]);
    if (!(offset >= last && offset <= end)) throw new RangeError(`offset ${offset} after ${last}, of ${end}`);
    last = offset;
    if (i % STRIDE === 0) yield;
  }
}

function* checkDictionary(data: Buffers): Generator<void> {
  need('indices', data.values.length, data.length);
  const size = data.dictionary?.length ?? 0;
  for (const part of data.dictionary?.data ?? []) yield* checkColumn(part);
  for (let i = 0; i < data.length; i++) {
    const index = Number(data.values[i]);
    if (!(index >= 0 && index < size) && data.getValid(i)) throw new RangeError(`index ${index} into ${size} values`);
    if (i % STRIDE === 0) yield;
  }
}

/** Sixteen bytes a value: its length, and past twelve bytes the buffer and the offset where it lies. */
function* checkViews({ length, values, variadicBuffers }: Buffers): Generator<void> {
  const bytes = values as Uint8Array;
  need('bytes of views', bytes.length, length * 16);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let i = 0; i < length; i++) {
    const size = view.getInt32(16 * i, true);
    const there = size <= 12 ? 12 : (variadicBuffers[view.getInt32(16 * i + 8, true)]?.length ?? 0);
    const start = size <= 12 ? 0 : view.getInt32(16 * i + 12, true);
    if (size < 0 || start < 0 || start + size > there)
      throw new RangeError(`a view of ${size} bytes from ${start} of ${there}`);
    if (i % STRIDE === 0) yield;
  }
}
