import type { DType } from '../../lib/index.js';

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** To the nearest number of `bits` significant bits, ties to even, with a smallest step for subnormals. */
function nearest(x: number, bits: number, smallest: number, largest: number): number {
  if (!Number.isFinite(x) || x === 0) return x;
  const exponent = Math.floor(Math.log2(Math.abs(x)));
  const step = Math.max(2 ** (exponent - bits + 1), smallest);
  const scaled = x / step;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  const rounded = (up ? floor + 1 : floor) * step;
  return Math.abs(rounded) > largest ? Math.sign(x) * Infinity : rounded;
}

function toBFloat16(x: number): number {
  float[0] = x;
  if (Number.isNaN(x)) return x;
  const bits = word[0]!;
  word[0] = ((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000) >>> 0;
  return float[0];
}

/** A number as an element of `dtype` holds it. */
export function roundTo(dtype: DType, x: number): number {
  switch (dtype) {
    case 'f32':
      return Math.fround(x);
    case 'bf16':
      return toBFloat16(x);
    case 'f16':
      return nearest(x, 11, 2 ** -24, 65504);
    case 'f64':
      return x;
    case 'bool':
      return x === 0 ? 0 : 1;
    case 'u8':
      return Math.min(Math.max(Math.trunc(x), 0), 255);
    default:
      return Math.trunc(x);
  }
}

/** Half the distance from 1 to the next number of a floating dtype: the error of one rounding, relative. */
export function unitOf(dtype: DType): number {
  return { bf16: 2 ** -8, f16: 2 ** -11, f32: 2 ** -24, f64: 2 ** -53 }[dtype as 'f32'] ?? 0;
}
