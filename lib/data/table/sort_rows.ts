import { compareCodePoints } from '../../util/code_points.js';
import { ascending } from '../../util/philox.js';
import type { LoopPacer } from '../../util/yield.js';

/** Rows sorted at once: a fraction of a millisecond. */
const RUN = 256;

/**
 * Orders two values of a column: numbers, then texts by code point, then other values as texts; missing ones last.
 * @internal
 */
export function compareValues(a: unknown, b: unknown): number {
  const [x, y] = [rankOf(a), rankOf(b)];
  if (x !== y) return x - y;
  if (x === 0) return Number(a) - Number(b);
  return x === 3 ? 0 : compareCodePoints(String(a), String(b));
}

function rankOf(value: unknown): number {
  if (value === undefined || value === null || Number.isNaN(value)) return 3;
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Date) return 0;
  return typeof value === 'string' ? 1 : 2;
}

/**
 * The indices 0 .. length - 1 in ascending order, equal ones in their own: a merge sort that gives the event loop its
 * turns.
 *
 * @param compare Of two indices; below 0 where the first comes first.
 * @internal
 */
export async function sortedIndices(
  length: number,
  compare: (a: number, b: number) => number,
  pacer: LoopPacer,
): Promise<Uint32Array> {
  let sorted: Uint32Array = ascending(length);
  for (let start = 0; start < length; start += RUN) {
    sorted.subarray(start, start + RUN).sort(compare);
    if (pacer.isDue()) await pacer.pause();
  }
  let merged: Uint32Array = new Uint32Array(length);
  for (let width = RUN; width < length; width *= 2) {
    let [left, right, start] = [0, 0, 0];
    for (let i = 0; i < length; i++) {
      if (i % (2 * width) === 0) [start, left, right] = [i, i, Math.min(i + width, length)];
      const middle = Math.min(start + width, length);
      const end = Math.min(start + 2 * width, length);
      const isLeft = left < middle && (right >= end || compare(sorted[left]!, sorted[right]!) <= 0);
      merged[i] = sorted[isLeft ? left++ : right++]!;
      if ((i & 255) === 0 && pacer.isDue()) await pacer.pause();
    }
    [sorted, merged] = [merged, sorted];
  }
  return sorted;
}
