import { shown } from '../../util/shown.js';

/** Typed arrays a cache may hold, by name. */
const ARRAYS = {
  Int8Array,
  Uint8Array,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
};
type ArrayName = keyof typeof ARRAYS;

/** Marks an object that stands for a value JSON lacks: its only key. */
const MARK = '$gridstride';

/**
 * A value as JSON keeps it: typed arrays, undefined, dates, bigints and numbers that are not finite under a mark.
 * @throws {RangeError} It is of a class, or a function, or nested too deep: nothing that a file gives back.
 * @internal
 */
export function toCached(value: unknown, depth = 0): unknown {
  if (depth > 100) throw new RangeError('values nested more than 100 deep');
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0) ? value : { [MARK]: ['number', numberText(value)] };
    case 'undefined':
      return { [MARK]: ['undefined', ''] };
    case 'bigint':
      return { [MARK]: ['bigint', value.toString()] };
    case 'object':
      return value === null ? null : objectToCached(value, depth);
    default:
      throw new RangeError(`a ${typeof value}`);
  }
}

function numberText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

function objectToCached(value: object, depth: number): unknown {
  if (Array.isArray(value)) return value.map((item) => toCached(item, depth + 1));
  if (value instanceof Date) return { [MARK]: ['date', numberText(value.getTime())] };
  if (ArrayBuffer.isView(value) && value.constructor.name in ARRAYS) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { [MARK]: [value.constructor.name, bytes.toString('base64')] };
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  const isPlain = prototype === Object.prototype || prototype === null;
  if (!isPlain || MARK in value) throw new RangeError(shown(value));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toCached(item, depth + 1)]));
}

/**
 * The value that {@link toCached} made into this; the file it comes from may hold anything.
 * @throws {RangeError} It is nothing that was ever written.
 * @internal
 */
export function fromCached(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fromCached);
  if (Object.hasOwn(value, MARK)) return fromMark((value as Record<string, unknown>)[MARK]);
  if (Object.hasOwn(value, '__proto__')) throw new RangeError('a key __proto__');
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, fromCached(item)]));
}

function fromMark(mark: unknown): unknown {
  const [kind, text] = Array.isArray(mark) ? (mark as unknown[]) : [];
  if (typeof kind !== 'string' || typeof text !== 'string') throw new RangeError('a broken mark');
  if (Object.hasOwn(ARRAYS, kind)) return arrayOf(ARRAYS[kind as ArrayName], text);
  if (kind === 'number') return Number(text);
  if (kind === 'undefined') return undefined;
  if (kind === 'date') return new Date(Number(text));
  if (kind === 'bigint' && /^-?\d{1,1000}$/.test(text)) return BigInt(text);
  throw new RangeError(`a mark of kind ${shown(kind)}`);
}

function arrayOf(ArrayClass: (typeof ARRAYS)[ArrayName], text: string): ArrayBufferView {
  // Copied: the decoder's own memory may start at any byte.
  const bytes = Uint8Array.from(Buffer.from(text, 'base64'));
  if (bytes.length % ArrayClass.BYTES_PER_ELEMENT !== 0) throw new RangeError(`${bytes.length} bytes of wide elements`);
  return new ArrayClass(bytes.buffer);
}
