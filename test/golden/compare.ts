import { noteError } from '../worst_error.js';
import type { GoldenCase, GoldenModel, GoldenTensor } from './load.js';
import { decoderMaskOf, maskOf } from './load.js';
import { DOT_NAMES, fnv1a, uniformAt } from './weights.js';

/** How far a value may be from the expected one: `absolute + relative * |expected|`. */
export interface Tolerance {
  readonly absolute?: number;
  readonly relative?: number;
}

/** A tensor's elements, row-major, with its shape. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** The order of a golden's summary numbers. */
const SUMMARY_NAMES = ['l2 norm', ...DOT_NAMES, 'first value', 'last value'] as const;

/** Throws unless each element is within the tolerance; the message gives the worst one and how many are out. */
export function expectClose(
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: Tolerance,
  what = 'values',
): void {
  if (actual.length !== expected.length) {
    throw new Error(`${what}: lengths must be equal, got ${actual.length}, expected ${expected.length}`);
  }
  let worst = { index: 0, ratio: 0 };
  let out = 0;
  for (let i = 0; i < expected.length; ++i) {
    const ratio = errorRatio(actual[i] ?? NaN, expected[i] ?? NaN, tolerance);
    if (ratio > worst.ratio) worst = { index: i, ratio };
    if (ratio > 1) out += 1;
  }
  noteError(worst.ratio, relativeError(actual, expected));
  if (out === 0) return;
  const { index } = worst;
  throw new Error(
    `${what}: ${out} of ${expected.length} out of tolerance, worst at ${index}: got ${actual[index]}, ` +
      `expected ${expected[index]}, off by ${Math.abs((actual[index] ?? NaN) - (expected[index] ?? NaN))}`,
  );
}

/** The largest error as a part of the largest expected value. */
function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  let error = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; ++i) {
    error = Math.max(error, Math.abs((actual[i] ?? NaN) - (expected[i] ?? NaN)));
    largest = Math.max(largest, Math.abs(expected[i] ?? NaN));
  }
  return error === 0 ? 0 : error / largest;
}

/** The error as a multiple of what is allowed; infinite for NaN, since NaN is close to nothing. */
function errorRatio(actual: number, expected: number, { absolute = 0, relative = 0 }: Tolerance): number {
  if (actual === expected) return 0;
  const ratio = Math.abs(actual - expected) / (absolute + relative * Math.abs(expected));
  return Number.isNaN(ratio) ? Infinity : ratio;
}

/** [l2 norm, three dot products with probe vectors, first value, last value], as the goldens hold. */
export function summarize(values: ArrayLike<number>): number[] {
  let squares = 0;
  const seeds = DOT_NAMES.map(fnv1a);
  const dots = seeds.map(() => 0);
  for (let i = 0; i < values.length; ++i) {
    const value = values[i] ?? NaN;
    squares += value * value;
    seeds.forEach((seed, k) => (dots[k] = (dots[k] ?? 0) + value * uniformAt(seed, i)));
  }
  return [Math.sqrt(squares), ...dots, values[0] ?? NaN, values[values.length - 1] ?? NaN];
}

/** A copy with zeros wherever the mask (B, S) is 0 along (0, axis). */
export function zeroMasked(tensor: PlainTensor, mask: readonly (readonly number[])[], axis: number): Float64Array {
  const { shape } = tensor;
  const inner = shape.slice(axis + 1).reduce((product, size) => product * size, 1);
  const length = shape[axis] ?? 1;
  const perRow = shape.slice(1).reduce((product, size) => product * size, 1);
  return Float64Array.from(tensor.values, (value, index) => {
    const position = Math.floor(index / inner) % length;
    return mask[Math.floor(index / perRow)]?.[position] === 1 ? value : 0;
  });
}

/**
 * Throws unless the tensor has the golden's shape and its values, where the mask is 1. A golden that holds a summary is
 * compared by norm and dot products: an error of `absolute` in each of n elements moves them by at most about
 * `absolute * sqrt(n)`.
 */
export function expectTensor(
  actual: PlainTensor,
  golden: GoldenTensor,
  tolerance: Tolerance & { readonly mask?: readonly (readonly number[])[]; readonly what?: string },
): void {
  const { mask, what = 'tensor', absolute = 0, relative = 0 } = tolerance;
  if (actual.shape.join() !== golden.shape.join()) {
    throw new Error(`${what}: shape must be (${golden.shape.join(', ')}), got (${actual.shape.join(', ')})`);
  }
  const axis = golden.maskedAxis;
  const values = axis !== undefined && mask !== undefined ? zeroMasked(actual, mask, axis) : actual.values;
  if (golden.values !== undefined) return expectClose(values, golden.values, tolerance, what);
  if (golden.summary === undefined) throw new Error(`${what}: the golden has neither values nor a summary`);
  const norm = golden.summary[0] ?? 0;
  expectSummary(values, golden.summary, absolute * Math.sqrt(values.length) + relative * norm, what);
}

/** Throws unless norm, dot products, first and last value are each within `allowed`, an L2 distance. */
function expectSummary(values: ArrayLike<number>, summary: readonly number[], allowed: number, what: string): void {
  const actual = summarize(values);
  summary.forEach((expected, i) => {
    const error = Math.abs((actual[i] ?? NaN) - expected);
    noteError(error / allowed, error / (summary[0] ?? NaN));
    if (error <= allowed) return;
    throw new Error(
      `${what}: ${SUMMARY_NAMES[i]} is ${actual[i]}, expected ${expected}, off by ${error}, allowed ${allowed}`,
    );
  });
}

/**
 * Throws unless a gradient agrees with its summary: `relative` of its own norm, plus a millionth of the norm of all
 * gradients for those that are zero but for rounding (a key bias).
 */
export function compareGradient(
  summary: readonly number[],
  actual: ArrayLike<number>,
  options: { readonly gradientNorm: number; readonly relative?: number; readonly what?: string },
): void {
  const { gradientNorm, relative = 1e-3, what = 'gradient' } = options;
  expectSummary(actual, summary, relative * (summary[0] ?? 0) + 1e-6 * gradientNorm, what);
}

/** Throws unless every parameter of the model has a gradient, of its size, that agrees with the case's golden. */
export function expectGradients(
  model: GoldenModel,
  goldenCase: GoldenCase,
  gradientOf: (name: string) => ArrayLike<number> | undefined,
  relative = 1e-3,
): void {
  const { gradients, gradientNorm } = goldenCase;
  if (gradients === undefined || gradientNorm === undefined) throw new Error(`${goldenCase.name}: has no gradients`);
  const problems: string[] = [];
  model.parameters.forEach(({ name, shape }, i) => {
    const what = `${goldenCase.name}: gradient of ${name}`;
    const actual = gradientOf(name);
    const size = shape.reduce((product, length) => product * length, 1);
    if (actual?.length !== size)
      return problems.push(`${what}: must have ${size} values, got ${actual?.length ?? 'none'}`);
    try {
      compareGradient(gradients[i] ?? [], actual, { gradientNorm, relative, what });
    } catch (error) {
      problems.push((error as Error).message);
    }
    return undefined;
  });
  if (problems.length > 0) throw new Error(`${problems.length} gradients differ\n${problems.join('\n')}`);
}

/**
 * Throws unless every output the golden case holds is there and agrees where the mask is 1. The default tolerance is
 * below what the tanh form of GELU in place of erf makes of the logits (3e-5 and more); Python's f32 is within 5e-6.
 */
export function expectOutputs(
  goldenCase: GoldenCase,
  outputOf: (name: string, layer?: number) => PlainTensor | undefined,
  tolerance: Tolerance = { absolute: 2e-5 },
): void {
  const source = maskOf(goldenCase);
  // Labels of tokens have the tokens' mask, those of a decoder its own.
  const isPaired = 'encoderLastHiddenState' in goldenCase.outputs;
  const target = (isPaired ? decoderMaskOf(goldenCase) : undefined) ?? source;
  const check = (golden: GoldenTensor, name: string, layer?: number): void => {
    const what = `${goldenCase.name}: ${name}${layer === undefined ? '' : `[${layer}]`}`;
    const actual = outputOf(name, layer);
    const mask = name.startsWith('encoder') ? source : target;
    if (actual === undefined) throw new Error(`${what}: the model did not return it`);
    expectTensor(actual, golden, { ...tolerance, mask, what });
  };
  for (const [name, golden] of Object.entries(goldenCase.outputs)) {
    if (Array.isArray(golden)) golden.forEach((tensor, layer) => check(tensor, name, layer));
    else if (golden !== undefined) check(golden, name);
  }
}
