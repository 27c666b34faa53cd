import { resolveDevice } from '../tensor/create.js';
import { devices } from '../tensor/device.js';
import { type DType, DTYPES, parseDType } from '../tensor/dtype.js';
import { DTypeError } from '../util/errors.js';

/**
 * In what element type a model is loaded. `auto`: its own. `fastest`: bf16 on a GPU and on processors that multiply bf16
 * (AVX-512-BF16, AMX, NEON's), f32 on others; `model.dtype` says which it was. `int8`: for inference, the encoder's linear
 * layers on 8-bit integers, weights scaled by channel and activations by token, tables in bf16, all else in f32;
 * `model.isInt8` is true.
 */
export type ModelDType = DType | 'auto' | 'fastest' | 'int8';

/** Names beside the element types. @internal */
export const MODEL_DTYPES = ['auto', 'fastest', 'int8'] as const;

/** Instruction sets whose products of bf16 are faster than those of f32. */
const FAST_BF16 = new Set(['avx512-bf16', 'amx-bf16', 'amx-int8', 'neon-bf16']);

function fastest(device: string | undefined): DType {
  const name = resolveDevice(device);
  if (name.startsWith('cuda')) return 'bf16';
  const set = name.startsWith('cpu:') ? name.slice('cpu:'.length) : devices()[0]!.name;
  return FAST_BF16.has(set) ? 'bf16' : 'f32';
}

/**
 * The element type that a model's own kind of dtype is loaded in; undefined: the checkpoint's own.
 * @throws DTypeError for any other text
 * @internal
 */
export function askedDType(dtype: ModelDType | undefined, device: string | undefined): DType | undefined {
  if (dtype === undefined || dtype === 'auto') return undefined;
  if (dtype === 'int8') return 'f32';
  return dtype === 'fastest' ? fastest(device) : parseDType(dtype);
}

/** The text as a model's dtype. @throws DTypeError for any other text @internal */
export function parseModelDType(text: string): ModelDType {
  const known: readonly string[] = [...MODEL_DTYPES, ...DTYPES];
  if (known.includes(text)) return text as ModelDType;
  throw new DTypeError(`dtype: must be one of ${known.join(', ')}, got ${text}`, { dtype: text });
}
