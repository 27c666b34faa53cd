import { BatchSampler, SequentialSampler, type TokenizedRow } from '../data/index.js';
import { noGrad } from '../autograd/tape.js';
import { ready } from '../tensor/device.js';
import { throwIfAborted } from '../util/abort.js';
import { exampleCount, freeOutput, readPredictions } from './predictions.js';
import type {
  EvalPrediction,
  TrainableBatch,
  TrainableDataset,
  TrainableModel,
  TrainableOutput,
  TrainerCollator,
} from './types.js';

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
  collator: TrainerCollator;
  signal?: AbortSignal | undefined;
  onStep?: (done: number, total: number) => void | Promise<void>;
}

function labelOf(row: Readonly<TokenizedRow>): number | readonly number[] | undefined {
  const label = row.labels ?? row.label;
  if (label === undefined || typeof label === 'number') return label;
  return Array.from(label as ArrayLike<number>);
}

/** Sums up the batches of an evaluation as they are read. */
class Totals {
  readonly predictions: Float32Array[] = [];
  #lossSum = 0;
  #labelled = 0;

  async add(output: TrainableOutput, batch: TrainableBatch): Promise<void> {
    try {
      const [rows, loss] = await Promise.all([readPredictions(output, batch), output.loss?.item()]);
      for (const row of rows) this.predictions.push(row);
      if (loss === undefined) return;
      const examples = exampleCount(batch);
      this.#lossSum += loss * examples;
      this.#labelled += examples;
    } finally {
      freeOutput(output);
    }
  }

  get loss(): number | undefined {
    return this.#labelled > 0 ? this.#lossSum / this.#labelled : undefined;
  }
}

/**
 * Runs a model over a data set without gradients, a batch ahead of what is read, in evaluation mode; the model is then
 * back in the mode it had.
 * @internal
 */
export async function evaluateModel(
  model: TrainableModel,
  dataset: TrainableDataset,
  options: EvaluationOptions,
): Promise<EvaluationOutput> {
  const start = performance.now();
  const totals = new Totals();
  const labelIds: EvalPrediction['labelIds'] = [];
  const batches = new BatchSampler({ sampler: new SequentialSampler(dataset.length), batchSize: options.batchSize });
  const total = batches.batchCount(0);
  const wasTraining = model.training;
  let pending: Promise<void> = Promise.resolve();
  let done = 0;
  model.eval();
  try {
    for (const indices of batches.batches(0)) {
      throwIfAborted(options.signal, 'evaluate');
      const rows = indices.map((index) => dataset.at(index));
      const batch = options.collator.collate(rows);
      const output = noGrad(() => model.forward(batch));
      for (const row of rows) labelIds.push(labelOf(row) ?? -100);
      await pending;
      pending = totals.add(output, batch);
      pending.catch(() => {});
      await ready(model.device);
      await options.onStep?.(++done, total);
    }
    await pending;
  } finally {
    if (wasTraining) model.train();
  }
  const { predictions, loss } = totals;
  return { predictions, labelIds, loss, samples: dataset.length, seconds: (performance.now() - start) / 1e3 };
}
