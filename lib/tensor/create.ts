import { addon, typed } from '../native/addon.js';
import { DataError, DTypeError, ShapeError } from '../util/errors.js';
import { type DType, isFloating, type TensorData } from './dtype.js';
import { callOne, type NestedArray, type Shape, Tensor, uploadTensor } from './tensor.js';

/** Options of the functions that make tensors. */
export interface TensorOptions {
  /** Element type; by default f32, or that of the typed array given. */
  dtype?: DType;
  /** `auto` (a GPU that works, else the CPU), `cpu`, `cuda` or `cuda:1`. */
  device?: string;
  /** Shape, for flat data. */
  shape?: Shape;
  /** Whether `backward()` computes its gradient. */
  requiresGrad?: boolean;
}

const resolved = new Map<string, string>();

/** The device a name stands for, e.g. `auto` -> `cpu`. @throws DeviceError */
export function resolveDevice(name = 'auto'): string {
  let device = resolved.get(name);
  if (device === undefined) {
    device = typed(() => addon().resolveDevice(name));
    resolved.set(name, device);
  }
  return device;
}

function shapeOf(data: NestedArray): number[] {
  const shape: number[] = [];
  for (let level: NestedArray = data; Array.isArray(level); level = level[0] as NestedArray) {
    shape.push(level.length);
    if (level.length === 0) break;
  }
  return shape;
}

function flatten(data: NestedArray, shape: readonly number[], axis: number, out: (number | boolean)[]): void {
  if (!Array.isArray(data)) {
    if (axis !== shape.length) throw new ShapeError('tensor: nested arrays must have equal lengths');
    if (typeof data !== 'number' && typeof data !== 'boolean')
      throw new DataError(`tensor: elements must be numbers or booleans, got ${typeof data}`);
    out.push(data);
    return;
  }
  if (data.length !== shape[axis]) throw new ShapeError('tensor: nested arrays must have equal lengths');
  for (const child of data) flatten(child, shape, axis + 1, out);
}

/** First and last value of the integer types, and what an error calls the range. */
const RANGES = {
  u8: [0, 255, 'from 0 to 255'],
  i32: [-(2 ** 31), 2 ** 31 - 1, 'from -2^31 to 2^31 - 1'],
  // The largest double below 2^63.
  i64: [-(2 ** 63), 2 ** 63 - 1024, 'from -2^63 to 2^63 - 1'],
} as const;

function checkedInteger(where: string, value: number | boolean, dtype: keyof typeof RANGES): number {
  const number = Number(value);
  const [least, most, range] = RANGES[dtype];
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw new DataError(`${where}: ${dtype} elements must be whole numbers ${range}, got ${number}`, { dtype, value });
}

/** Plain numbers as the typed array of a dtype; bf16 and f16 travel as f32 and are cast on the device. */
function pack(values: readonly (number | boolean)[], dtype: DType): TensorData {
  switch (dtype) {
    case 'f64':
      return Float64Array.from(values, Number);
    case 'i64':
      return BigInt64Array.from(values, (v) => BigInt(checkedInteger('tensor', v, dtype)));
    case 'i32':
      return Int32Array.from(values, (v) => checkedInteger('tensor', v, dtype));
    case 'u8':
      return Uint8Array.from(values, (v) => checkedInteger('tensor', v, dtype));
    case 'bool':
      return Uint8Array.from(values, (v) => (v ? 1 : 0));
    default:
      return Float32Array.from(values, Number);
  }
}

function dtypeOfArray(data: TensorData): DType {
  if (data instanceof Float32Array) return 'f32';
  if (data instanceof Float64Array) return 'f64';
  if (data instanceof BigInt64Array) return 'i64';
  if (data instanceof Int32Array) return 'i32';
  if (data instanceof Uint8Array) return 'u8';
  throw new DTypeError('tensor: a Uint16Array needs dtype bf16 or f16');
}

/** Whether a typed array holds a dtype's elements as they are. */
function sameElements(data: TensorData, dtype: DType): boolean {
  if (data instanceof Uint16Array) return dtype === 'bf16' || dtype === 'f16';
  return dtypeOfArray(data) === dtype || (dtype === 'bool' && data instanceof Uint8Array);
}

function upload(data: TensorData, dtype: DType, shape: Shape, device: string): Tensor {
  const half = dtype === 'bf16' || dtype === 'f16';
  if (half && !(data instanceof Uint16Array)) {
    const wide = uploadTensor(data, dtypeOfArray(data), shape, device);
    const out = callOne((ops) => ops.cast(wide.handle, dtype));
    wide.dispose();
    return out;
  }
  return uploadTensor(data, dtype, shape, device);
}

/**
 * A tensor from nested arrays, a typed array or a number. The data is copied at once.
 * @param data numbers nested by shape, or a flat typed array with `shape` (default: one dimension)
 * @throws ShapeError when nested lengths differ or `shape` does not fit, DataError for elements that are no numbers or
 * out of their type's range
 *
 * @example
 * ```ts
 * import { tensor } from 'gridstride';
 * const ids = tensor([[101, 7592, 102]], { dtype: 'i64' });
 * const x = tensor(new Float32Array(6), { shape: [2, 3] });
 * console.log(ids.shape, x.shape); // [ 1, 3 ] [ 2, 3 ]
 * ```
 */
export function tensor(data: NestedArray | TensorData, options: TensorOptions = {}): Tensor {
  const device = resolveDevice(options.device);
  let flat: TensorData;
  let shape: Shape;
  let dtype: DType;
  if (ArrayBuffer.isView(data)) {
    dtype = options.dtype ?? dtypeOfArray(data);
    shape = options.shape ?? [data.length];
    flat = sameElements(data, dtype) ? data : pack(Array.from(data as Iterable<number | bigint>, Number), dtype);
  } else {
    const values: (number | boolean)[] = [];
    const nested = shapeOf(data);
    flatten(data, nested, 0, values);
    dtype = options.dtype ?? (typeof values[0] === 'boolean' ? 'bool' : 'f32');
    shape = options.shape ?? nested;
    flat = pack(values, dtype);
  }
  const out = upload(flat, dtype, shape, device);
  if (!isFloating(dtype)) out.host = flat.slice() as TensorData;
  return options.requiresGrad ? out.withGrad() : out;
}

/** A tensor of `shape` with every element `value`. @throws DataError when it is out of the element type's range */
export function full(shape: Shape, value: number, options: Omit<TensorOptions, 'shape'> = {}): Tensor {
  const device = resolveDevice(options.device);
  const { dtype = 'f32' } = options;
  if (dtype === 'u8' || dtype === 'i32' || dtype === 'i64') checkedInteger('full', value, dtype);
  const out = callOne((ops) => ops.fill([...shape], value, dtype, device));
  return options.requiresGrad ? out.withGrad() : out;
}

/** A tensor of `shape` with every element 0. */
export function zeros(shape: Shape, options: Omit<TensorOptions, 'shape'> = {}): Tensor {
  return full(shape, 0, options);
}

/** A tensor of `shape` with every element 1. */
export function ones(shape: Shape, options: Omit<TensorOptions, 'shape'> = {}): Tensor {
  return full(shape, 1, options);
}
