import { FormatFault } from './fault.js';
import { plainNumber } from './pickle_cursor.js';
import { PickleGlobal, PickleObject, type PickleValue } from './pickle_values.js';

type ReadScalar = (view: DataView) => PickleValue;

const SCALARS: Readonly<Record<string, [bytes: number, read: ReadScalar]>> = {
  f8: [8, (view) => view.getFloat64(0, true)],
  f4: [4, (view) => view.getFloat32(0, true)],
  i8: [8, (view) => plainNumber(view.getBigInt64(0, true))],
  i4: [4, (view) => view.getInt32(0, true)],
  i2: [2, (view) => view.getInt16(0, true)],
  i1: [1, (view) => view.getInt8(0)],
  u8: [8, (view) => plainNumber(view.getBigUint64(0, true))],
  u4: [4, (view) => view.getUint32(0, true)],
  u2: [2, (view) => view.getUint16(0, true)],
  u1: [1, (view) => view.getUint8(0)],
  b1: [1, (view) => view.getUint8(0) !== 0],
};

/** `numpy.dtype`: a code, then a state whose second item is the order of bytes. */
class NumpyDType extends PickleObject {
  readonly code: string;

  constructor(code: string) {
    super();
    this.code = code;
  }

  override setState(state: PickleValue): void {
    const order: unknown = Array.isArray(state) ? state[1] : undefined;
    if (order !== '<' && order !== '|') throw new FormatFault('numbers must be little-endian, got others');
  }
}

function dtypeOf([code]: readonly PickleValue[]): NumpyDType {
  if (typeof code === 'string' && Object.hasOwn(SCALARS, code)) return new NumpyDType(code);
  throw new FormatFault(`numpy scalars must be of ${Object.keys(SCALARS).join(', ')}, got another type`);
}

function scalarOf([dtype, bytes]: readonly PickleValue[]): PickleValue {
  if (!(dtype instanceof NumpyDType)) throw new FormatFault('a numpy scalar must have a dtype, got another value');
  const [length, read] = SCALARS[dtype.code]!;
  if (!(bytes instanceof Uint8Array) || bytes.length !== length)
    throw new FormatFault(`a numpy scalar of ${dtype.code} must have ${length} bytes, got others`);
  return read(new DataView(bytes.buffer, bytes.byteOffset, length));
}

/** Bytes as protocol 2 writes them: text whose characters are the bytes. */
function encode([text, encoding]: readonly PickleValue[]): Uint8Array {
  if (typeof text !== 'string' || encoding !== 'latin1' || /[^\0-\xff]/.test(text))
    throw new FormatFault('bytes must be written as latin1, got another form');
  return Buffer.from(text, 'latin1');
}

/** What numpy's scalars are made of, and the bytes they hold. */
export function numpyGlobals(): PickleGlobal[] {
  return [
    new PickleGlobal('_codecs.encode', encode),
    new PickleGlobal('numpy.dtype', dtypeOf),
    new PickleGlobal('numpy.core.multiarray.scalar', scalarOf),
    new PickleGlobal('numpy._core.multiarray.scalar', scalarOf),
  ];
}
