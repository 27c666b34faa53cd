import type { TrainableBatch } from '../types.js';

const IGNORE_INDEX = -100;

/**
 * What a batch counts for among those of one step: its labels (several of a row count each), so that accumulated
 * gradients are those of the mean over all of them; with class weights the sum of its labels' weights.
 * @internal
 */
export function itemsIn(batch: TrainableBatch, classWeights?: ArrayLike<number>): number | undefined {
  const { labels, startPositions } = batch;
  if (labels === undefined) return startPositions?.length;
  let items = 0;
  for (const row of labels as Iterable<number | readonly number[]>)
    for (const label of typeof row === 'number' ? [row] : row)
      if (label !== IGNORE_INDEX) items += classWeights?.[label] ?? 1;
  return items;
}

/** Each batch's share of a step; equal ones where batches have no labels. @internal */
export function sharesOf(batches: readonly TrainableBatch[], classWeights?: ArrayLike<number>): number[] {
  if (batches.length === 1) return [1];
  const items = batches.map((batch) => itemsIn(batch, classWeights));
  const total = items.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return items.map((count) => (total > 0 ? (count ?? 0) / total : 1 / batches.length));
}

/** Tokens of a batch as Hugging Face counts them: all ids, padding too where there is some. @internal */
export function tokensIn(batch: TrainableBatch): number {
  const { inputIds } = batch;
  return Array.isArray(inputIds) ? inputIds.reduce((sum, row) => sum + row.length, 0) : inputIds.length;
}
