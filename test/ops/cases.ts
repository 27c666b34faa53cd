import type { DType, Tensor } from '../../lib/index.js';
import type { Generator } from '../../lib/tensor/random.js';
import type { Segments } from '../../lib/tensor/segments.js';

/** Numbers in double precision with their shape: what references take and give. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** One input tensor of a case. */
export interface CaseInput {
  readonly shape: readonly number[];
  /** Fixed element type; by default the type under test. */
  readonly dtype?: DType;
  /** Element `i`; `random` gives numbers in [0, 1). By default uniform in [-1, 1). */
  readonly values?: (i: number, random: () => number) => number;
  /** Whether its gradient is checked; by default true where the dtype is the one under test. */
  readonly requiresGrad?: boolean;
  /** How it lies in memory: as a transposed view, or as a slice of a larger tensor. By default dense. */
  readonly layout?: 'transposed' | 'sliced';
}

/** What a case may ask of the place it runs in; all of it is freed after the case. */
export interface CaseContext {
  readonly device: string;
  readonly dtype: DType;
  segments(lengths: readonly number[]): Segments;
  /** A tensor that the case makes beside its inputs. */
  own(made: Tensor): Tensor;
  generator(seed: number): Generator;
}

type Result = Tensor | readonly Tensor[];

/** One call of an op with a plain double-precision reference: tests and benches read the same cases. */
export interface OpCase<Options = unknown> {
  /** The op, its shapes and options: `softmax (3, 5)`. */
  readonly name: string;
  readonly inputs: readonly CaseInput[];
  readonly options: Options;
  run(tensors: readonly Tensor[], options: Options, context: CaseContext): Result;
  reference(inputs: readonly Numbers[], options: Options): Numbers | readonly Numbers[];
  /** False for ops without a gradient. */
  readonly gradient?: boolean;
  /** Types under test, where not every floating one makes sense. */
  readonly dtypes?: readonly DType[];
  /** Step of the finite differences; smaller near kinks. */
  readonly step?: number;
  /** Factor on the allowed error, with the reason beside it in the case. */
  readonly slack?: number;
  /** A shape for the benches only: too large for the tests' references. */
  readonly bench?: boolean;
}

/** A call that must fail in a documented way. */
export interface ErrorCase {
  readonly name: string;
  /** Throws on the spot, or gives tensors whose reading rejects. */
  run(device: string): unknown;
  /** Name of the error's class. */
  readonly error: string;
  readonly message: RegExp;
}

/** What a `*.cases.ts` file exports. */
export interface CaseFile {
  readonly cases: readonly OpCase[];
  readonly errors?: readonly ErrorCase[];
}

/** A case with its options' type inferred. */
export function opCase<Options>(definition: OpCase<Options>): OpCase {
  return definition as OpCase;
}

/** Repeatable numbers in [0, 1) from a seed. */
export function sequence(seed: number): () => number {
  let state = (seed + 1) * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** The value generator of whole numbers in [low, high). */
export function integers(low: number, high: number): NonNullable<CaseInput['values']> {
  return (_, random) => low + Math.floor(random() * (high - low));
}

/** The value generator of multiples of 1/4 in [-2, 2], which every floating dtype holds exactly. */
export function quarters(_: number, random: () => number): number {
  return (Math.floor(random() * 17) - 8) / 4;
}

/** The value generator of numbers in [low, high). */
export function between(low: number, high: number): NonNullable<CaseInput['values']> {
  return (_, random) => low + random() * (high - low);
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** A shape as the case names print it. */
export function shapeText(shape: readonly number[]): string {
  return `(${shape.join(', ')})`;
}
