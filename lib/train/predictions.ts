import { cutRows, gridOf } from '../data/batches/output_rows.js';
import type { PackedBatch, PaddedBatch } from '../data/index.js';
import { Tensor } from '../tensor/tensor.js';
import type { TrainableOutput } from './types.js';

/** How many examples a batch holds. @internal */
export function exampleCount(batch: PackedBatch | PaddedBatch): number {
  return 'cuSeqlens' in batch ? batch.lengths.length / (batch.numChoices ?? 1) : batch.inputIds.length;
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
      return cutRows({ where: 'Trainer', name, values: asFloats(await tensor.data()), shape: tensor.shape }, grid);
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
