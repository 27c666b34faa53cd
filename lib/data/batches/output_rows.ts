import { DataError } from '../../util/errors.js';
import type { PackedBatch, PaddedBatch } from './collator.js';

/** Where each example's tokens lie in outputs per token. @internal */
export interface TokenGrid {
  /** What the shapes of such outputs begin with: (T) of a packed batch, (B, S) of a padded one. */
  shape: readonly number[];
  /** Per example: its first token and the one past its last, counted over the whole grid. */
  spans: readonly (readonly [begin: number, end: number])[];
}

/** The grid of a batch. @internal */
export function gridOf(batch: PackedBatch | PaddedBatch): TokenGrid {
  if ('cuSeqlens' in batch) {
    const { cuSeqlens, lengths, numChoices = 1 } = batch;
    const count = lengths.length / numChoices;
    const spanOf = (i: number) => [cuSeqlens[i * numChoices]!, cuSeqlens[(i + 1) * numChoices]!] as const;
    const spans = Array.from({ length: count }, (_, i) => spanOf(i));
    return { shape: [batch.inputIds.length], spans };
  }
  const rows = batch.attentionMask;
  const width = rows[0]?.length ?? 0;
  const spans = rows.map((mask, i) => [i * width + mask.indexOf(1), i * width + mask.lastIndexOf(1) + 1] as const);
  return { shape: [rows.length, width], spans };
}

/** An output of a model, read back. @internal */
export interface ReadOutput {
  /** First word of errors' texts. */
  where: string;
  name: string;
  values: Float32Array;
  shape: readonly number[];
}

/**
 * Cuts a model's output into one row of values per example; of an output per token, those of the example's tokens.
 * @throws {DataError} The output has neither a row per example nor one per token.
 * @internal
 */
export function cutRows({ where, name, values, shape }: ReadOutput, grid: TokenGrid): Float32Array[] {
  const { spans } = grid;
  const startsWithGrid = grid.shape.every((size, axis) => shape[axis] === size);
  // A padded batch's (B, S) would look like (B, L): logits have a last axis of their own, answers' scores have none.
  if (startsWithGrid && (name !== 'logits' || shape.length > grid.shape.length)) {
    const tokens = grid.shape.reduce((product, size) => product * size, 1);
    const width = values.length / tokens;
    return spans.map(([begin, end]) => values.slice(begin * width, end * width));
  }
  if (shape[0] !== spans.length)
    throw new DataError(
      `${where}: ${name} must have a row per example (${spans.length}) or per token (${grid.shape.join(', ')}), ` +
        `got (${shape.join(', ')})`,
      { name, shape },
    );
  const width = values.length / spans.length;
  return spans.map((_, i) => values.slice(i * width, (i + 1) * width));
}
