import type { PackedBatch, PaddedBatch } from '../data/index.js';
import { Tensor } from '../tensor/tensor.js';
import { DataError } from '../util/errors.js';
import type { TrainableOutput } from './types.js';

/** Where each example's tokens lie in outputs per token. */
interface TokenGrid {
  /** What the shapes of such outputs begin with: (T) of a packed batch, (B, S) of a padded one. */
  shape: readonly number[];
  /** Per example: its first token and the one past its last, counted over the whole grid. */
  spans: readonly (readonly [begin: number, end: number])[];
}

function gridOf(batch: PackedBatch | PaddedBatch): TokenGrid {
  if ('cuSeqlens' in batch) {
    const { cuSeqlens, lengths } = batch;
    const spans = Array.from(lengths, (length, i) => [cuSeqlens[i]!, cuSeqlens[i]! + length] as const);
    return { shape: [batch.inputIds.length], spans };
  }
  const rows = batch.attentionMask;
  const width = rows[0]?.length ?? 0;
  const spans = rows.map((mask, i) => [i * width + mask.indexOf(1), i * width + mask.lastIndexOf(1) + 1] as const);
  return { shape: [rows.length, width], spans };
}

/** How many examples a batch holds. @internal */
export function exampleCount(batch: PackedBatch | PaddedBatch): number {
  return 'cuSeqlens' in batch ? batch.lengths.length : batch.inputIds.length;
}

/** One row of values per example; of an output per token, those of the example's tokens. */
function cutRows(name: string, values: Float32Array, shape: readonly number[], grid: TokenGrid): Float32Array[] {
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
      `Trainer: ${name} must have a row per example (${spans.length}) or per token (${grid.shape.join(', ')}), ` +
        `got (${shape.join(', ')})`,
      { name, shape },
    );
  const width = values.length / spans.length;
  return spans.map((_, i) => values.slice(i * width, (i + 1) * width));
}

function asFloats(values: Awaited<ReturnType<Tensor['data']>>): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values, Number);
}

/** Reads a batch's predictions, one row per example as {@link EvalPrediction} has them. @internal */
export async function readPredictions(
  output: TrainableOutput,
  batch: PackedBatch | PaddedBatch,
): Promise<Float32Array[]> {
  const { logits, startLogits, endLogits } = output;
  const named = logits !== undefined ? { logits } : { startLogits, endLogits };
  const grid = gridOf(batch);
  const parts = await Promise.all(
    Object.entries(named).map(async ([name, tensor]) => {
      if (tensor === undefined) return [];
      return cutRows(name, asFloats(await tensor.data()), tensor.shape, grid);
    }),
  );
  const [first = [], second = []] = parts;
  return first.map((row, i) => (second[i] === undefined ? row : Float32Array.of(...row, ...second[i])));
}

/** Frees the tensors a model gave, but `kept`. @internal */
export function freeOutput(output: TrainableOutput, kept?: Tensor): void {
  for (const value of Object.values(output) as unknown[])
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value])
      if (item instanceof Tensor && item !== kept) item.dispose();
}
