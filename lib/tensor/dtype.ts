import { DTypeError } from '../util/errors.js';

/** Element types, in the order native code numbers them. */
export const DTYPES = ['f32', 'bf16', 'f16', 'f64', 'i64', 'i32', 'u8', 'bool'] as const;

/** An element type: f32, bf16, f16 and f64 are floating, the others hold indices and masks. */
export type DType = (typeof DTYPES)[number];

/** Typed arrays that tensors are made from and read into. */
export type TensorData = Float32Array | Float64Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array;

const SIZES: Readonly<Record<DType, number>> = { f32: 4, bf16: 2, f16: 2, f64: 8, i64: 8, i32: 4, u8: 1, bool: 1 };

/** Bytes of one element. */
export function dtypeSize(dtype: DType): number {
  return SIZES[dtype];
}

/** Whether a dtype is floating: only these take gradients. */
export function isFloating(dtype: DType): boolean {
  return dtype === 'f32' || dtype === 'bf16' || dtype === 'f16' || dtype === 'f64';
}

/**
 * The text as a dtype.
 * @throws DTypeError for any other text
 */
export function parseDType(text: string): DType {
  if ((DTYPES as readonly string[]).includes(text)) return text as DType;
  throw new DTypeError(`dtype: must be one of ${DTYPES.join(', ')}, got ${text}`, { dtype: text });
}
