import { philox4x32 } from '../../lib/index.js';
import { type Numbers, sizeOf } from './cases.js';

/** Numbers of a shape from a function of the flat index. */
export function make(shape: readonly number[], at: (i: number) => number): Numbers {
  return { shape, data: Float64Array.from({ length: sizeOf(shape) }, (_, i) => at(i)) };
}

/** Each element through a function. */
export function map(x: Numbers, f: (value: number, i: number) => number): Numbers {
  return make(x.shape, (i) => f(x.data[i]!, i));
}

/** Dropout with the numbers that a fresh generator of the seed gives: word i % 4 of counter i / 4 for element i. */
export function drop(x: Numbers, p: number, seed: number): Numbers {
  const threshold = Math.min(Math.floor(p * 2 ** 32), 2 ** 32 - 1);
  return map(x, (value, i) => {
    const word = philox4x32([Math.floor(i / 4), 0, 0, 0], [seed, 0])[(i % 4) as 0];
    return word < threshold || p === 1 ? 0 : value / (1 - p);
  });
}

/** Each row less its mean, over its standard deviation. */
export function standardise(x: Numbers, eps: number): Numbers {
  return mapRows(x, (row) => {
    const mean = total(row) / row.length;
    const centred = row.map((v) => v - mean);
    const scale = 1 / Math.sqrt(total(centred.map((v) => v * v)) / row.length + eps);
    return centred.map((v) => v * scale);
  });
}

/** The coordinates of a flat index. */
export function coordinates(shape: readonly number[], index: number): number[] {
  const out: number[] = Array.from({ length: shape.length });
  let rest = index;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    out[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return out;
}

/** The element at coordinates, which may be longer than the shape (leading ones dropped) and broadcast over size 1. */
export function element(x: Numbers, at: readonly number[]): number {
  let index = 0;
  const missing = at.length - x.shape.length;
  x.shape.forEach((size, axis) => {
    index = index * size + (size === 1 ? 0 : at[axis + missing]!);
  });
  return x.data[index]!;
}

/** Shape of operands that broadcast. */
export function broadcast(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) => {
    const sizes = shapes.map((shape) => shape[i - rank + shape.length] ?? 1);
    return sizes.find((n) => n !== 1) ?? 1;
  });
}

/** Elementwise over operands that broadcast. */
export function zip(operands: readonly Numbers[], f: (...values: number[]) => number): Numbers {
  const shape = broadcast(...operands.map((x) => x.shape));
  return make(shape, (i) => {
    const at = coordinates(shape, i);
    return f(...operands.map((x) => element(x, at)));
  });
}

/** Rows of the last axis through a function that gives a row each. */
export function mapRows(x: Numbers, f: (row: Float64Array, index: number) => ArrayLike<number>): Numbers {
  const channels = x.shape.at(-1)!;
  const rows = channels === 0 ? 0 : x.data.length / channels;
  const out: number[] = [];
  let width = channels;
  for (let r = 0; r < rows; r++) {
    const row = f(x.data.subarray(r * channels, (r + 1) * channels), r);
    width = row.length;
    out.push(...Array.from(row));
  }
  return { shape: [...x.shape.slice(0, -1), width], data: Float64Array.from(out) };
}

/** Sum of numbers. */
export function total(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum;
}

/** The error function, by its series below 3 and a continued fraction above: 1e-15. */
export function erf(x: number): number {
  const z = Math.abs(x);
  if (z > 6) return Math.sign(x);
  if (z < 3) {
    let term = z;
    let sum = z;
    for (let n = 1; Math.abs(term) > 1e-18 * sum; n++) {
      term *= (-z * z) / n;
      sum += term / (2 * n + 1);
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let k = 80; k > 0; k--) fraction = k / 2 / (z + fraction);
  return Math.sign(x) * (1 - Math.exp(-z * z) / ((z + fraction) * Math.sqrt(Math.PI)));
}
