import { DataError } from '../../util/errors.js';

/** How counts of 0 are smoothed (Chen and Cherry, WMT 2014, by the methods' numbers); method0 takes them as they are. */
export type BleuSmoothing = `method${0 | 1 | 2 | 3 | 4 | 5 | 6 | 7}`;

/** What smoothing takes. */
export interface SmoothingOptions {
  /** What method1 counts in place of 0; 0.1 by default. */
  epsilon?: number;
  /** How much the prior of method6 weighs; 5 by default. */
  alpha?: number;
  /** The divisor of method4 and method7; 5 by default. */
  k?: number;
}

/** Runs of words of one length: those that references have too, and all. @internal */
export interface Precision {
  matches: number;
  total: number;
}

/** What smoothing knows of the texts. @internal */
export interface SmoothingInput extends Required<SmoothingOptions> {
  where: string;
  /** For runs of 1, 2, ... words. */
  counts: readonly Precision[];
  /** Words of all hypotheses. */
  length: number;
  /** Of the last hypothesis, as Python has it: its precision of runs of 5 words, and its words. */
  last: { five: Precision; length: number };
}

/** The logarithm of the smallest normal number stands for that of 0. */
const NOTHING = 2.2250738585072014e-308;

const ratio = ({ matches, total }: Precision): number => matches / total;

/** Counts of 0, from the first one on, halved each time, and divided by what the method says. */
function halved({ counts }: SmoothingInput, divisor: number): number[] {
  let power = 1;
  return counts.map((count) => (count.matches === 0 ? 1 / (2 ** power++ * divisor * count.total) : ratio(count)));
}

function scaledByLength(input: SmoothingInput): number[] {
  return input.length > 1 ? halved(input, input.k / Math.log(input.length)) : input.counts.map(ratio);
}

/** The mean of each precision with its neighbours. */
function averaged(precisions: readonly number[], { last }: SmoothingInput): number[] {
  const next = [...precisions.slice(1), ratio(last.five)];
  let before = precisions[0]! + 1;
  return precisions.map((precision, i) => (before = (before + precision + next[i]!) / 3));
}

/** Precisions drawn towards what the two before them would let expect. */
function interpolated({ where, counts, alpha, last }: SmoothingInput): number[] {
  if ((counts[2]?.matches ?? 0) === 0) {
    const rule = 'method6 needs runs of three words that a reference has';
    throw new DataError(`${where}: ${rule}, got ${counts.length < 3 ? 'no such runs' : 'none'}`);
  }
  const precisions = counts.map(ratio);
  for (let i = 2; i < counts.length; i++) {
    const [first, second] = [precisions[i - 2]!, precisions[i - 1]!];
    const prior = first === 0 ? 0 : second ** 2 / first;
    precisions[i] = (counts[i]!.matches + alpha * prior) / (Math.max(0, last.length - i) + alpha);
  }
  return precisions;
}

/** The precisions of each method. @internal */
export const SMOOTHING: Readonly<Record<BleuSmoothing, (input: SmoothingInput) => number[]>> = {
  method0: ({ counts }) => counts.map((count) => (count.matches === 0 ? NOTHING : ratio(count))),
  method1: ({ counts, epsilon }) => counts.map(({ matches, total }) => (matches === 0 ? epsilon : matches) / total),
  method2: ({ counts }) => counts.map((count, i) => (i === 0 ? ratio(count) : (count.matches + 1) / (count.total + 1))),
  method3: (input) => halved(input, 1),
  method4: scaledByLength,
  method5: (input) => averaged(input.counts.map(ratio), input),
  method6: interpolated,
  method7: (input) => averaged(scaledByLength(input), input),
};
