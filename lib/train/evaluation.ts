import {
  BatchSampler,
  type DataCollator,
  type PackedBatch,
  SequentialSampler,
  type TokenizedRow,
} from '../data/index.js';
import { noGrad } from '../autograd/tape.js';
import { ready } from '../tensor/device.js';
import type { Tensor } from '../tensor/tensor.js';
import { throwIfAborted } from '../util/abort.js';
import type { EvalPrediction, TrainableDataset, TrainableModel } from './types.js';

/** Outputs of a model over a data set. */
export interface EvaluationOutput extends EvalPrediction {
  /** Mean loss over examples, weighted by batch size as Hugging Face does; absent without labels. */
  loss: number | undefined;
  samples: number;
  seconds: number;
}

/** What an evaluation needs beside model and data. @internal */
export interface EvaluationOptions {
  batchSize: number;
  collator: DataCollator<TokenizedRow, PackedBatch>;
  signal?: AbortSignal | undefined;
  onStep?: (done: number, total: number) => void | Promise<void>;
}

/** Cuts a batch's logits into one row per example, without the padding of token-level outputs. */
function rowsOf(logits: Float32Array, shape: readonly number[], lengths: ArrayLike<number>): Float32Array[] {
  const perExample = logits.length / lengths.length;
  const width = shape.length > 2 ? shape.slice(2).reduce((a, b) => a * b, 1) : 0;
  return Array.from(lengths, (length, i) => {
    const end = width > 0 ? i * perExample + length * width : (i + 1) * perExample;
    return logits.slice(i * perExample, end);
  });
}

function labelOf(row: Readonly<TokenizedRow>): number | readonly number[] | undefined {
  const label = row.labels ?? row.label;
  if (label === undefined || typeof label === 'number') return label;
  return Array.from(label as ArrayLike<number>);
}

/** Runs a model over a data set without gradients, a batch ahead of what is read. @internal */
export async function evaluateModel(
  model: TrainableModel,
  dataset: TrainableDataset,
  options: EvaluationOptions,
): Promise<EvaluationOutput> {
  const start = performance.now();
  const out: EvaluationOutput = { predictions: [], labelIds: [], loss: undefined, samples: dataset.length, seconds: 0 };
  let lossSum = 0;
  let labelled = 0;
  const collect = async (logits: Tensor | undefined, loss: Tensor | undefined, lengths: ArrayLike<number>) => {
    const [flat, value] = await Promise.all([logits?.data(), loss?.item()]);
    if (flat !== undefined) out.predictions.push(...rowsOf(flat as Float32Array, logits!.shape, lengths));
    if (value !== undefined) lossSum += value * lengths.length;
    if (value !== undefined) labelled += lengths.length;
    logits?.dispose();
    loss?.dispose();
  };
  model.eval();
  const batches = new BatchSampler({ sampler: new SequentialSampler(dataset.length), batchSize: options.batchSize });
  const total = batches.batchCount(0);
  let pending: Promise<void> = Promise.resolve();
  let done = 0;
  for (const indices of batches.batches(0)) {
    throwIfAborted(options.signal, 'evaluate');
    const rows = indices.map((index) => dataset.at(index));
    const batch = options.collator.collate(rows);
    const { logits, loss } = noGrad(() => model.forward(batch));
    for (const row of rows) out.labelIds.push(labelOf(row) ?? -100);
    await pending;
    pending = collect(logits, loss, batch.lengths);
    pending.catch(() => {});
    await ready(model.device);
    await options.onStep?.(++done, total);
  }
  await pending;
  out.loss = labelled > 0 ? lossSum / labelled : undefined;
  out.seconds = (performance.now() - start) / 1e3;
  return out;
}
