import type { MetricAccumulator, MetricLabel } from '../../../lib/metrics/index.js';

/** Numbers from 0 to below 1, the same on every run (a linear congruential generator). */
export function makeRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Adds rows in batches of uneven sizes, in one buffer that is overwritten after each batch. */
export function addInBatches(
  accumulator: MetricAccumulator,
  predictions: readonly ArrayLike<number>[],
  labelIds: readonly MetricLabel[],
): Record<string, number> {
  accumulator.reset();
  for (let begin = 0, size = 1; begin < predictions.length; begin += size, size = (size % 7) + 1) {
    const part = predictions.slice(begin, begin + size).map((row) => Float32Array.from(row));
    accumulator.add({ predictions: part, labelIds: labelIds.slice(begin, begin + size) });
    for (const row of part) row.fill(Number.NaN);
  }
  return accumulator.compute();
}

/** What differs, by more than 1e-9, between two sets of metrics. */
export function differences(got: Record<string, number>, wanted: Record<string, number>): string[] {
  if (Object.keys(got).join() !== Object.keys(wanted).join()) return [`names: ${Object.keys(got).join()}`];
  return Object.keys(wanted)
    .filter((name) => !(Math.abs(got[name]! - wanted[name]!) <= 1e-9 * Math.max(1, Math.abs(wanted[name]!))))
    .filter((name) => !(Number.isNaN(got[name]) && Number.isNaN(wanted[name])))
    .map((name) => `${name}: ${got[name]} and not ${wanted[name]}`);
}
