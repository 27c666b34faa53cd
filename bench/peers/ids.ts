import { DOT_NAMES, fnv1a, hashU32 } from '../../test/golden/weights.js';
import { summarize } from '../../test/golden/compare.js';
import { ID_STRIDE } from './work.js';

const SEED = fnv1a('bench.ids');

/** Ids of a sequence: the same in Python (peer_inputs.py). */
export function idsOf(sequence: number, length: number, vocabSize: number): Int32Array {
  const first = sequence * ID_STRIDE;
  return Int32Array.from({ length }, (_, t) => 1 + ((hashU32(SEED, first + t) >>> 8) % (vocabSize - 1)));
}

/** Norm and dot products of a sequence's values. */
export function signatureOf(values: ArrayLike<number>): number[] {
  return summarize(values).slice(0, 1 + DOT_NAMES.length);
}

/** How far two signatures are apart, as a part of each sequence's norm. */
export function distance(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number {
  if (a.length !== b.length) return Infinity;
  let worst = 0;
  a.forEach((row, s) =>
    row.forEach((value, i) => {
      const apart = Math.abs(value - b[s]![i]!) / Math.abs(b[s]![0]!);
      worst = Math.max(worst, Number.isNaN(apart) ? Infinity : apart);
    }),
  );
  return worst;
}
