import { BatchSampler, SequentialSampler, type TokenizedRow, type WindowCombination } from '../data/index.js';
import type { MetricAccumulator } from '../metrics/index.js';
import { noGrad } from '../autograd/tape.js';
import { ready } from '../tensor/device.js';
import { throwIfAborted } from '../util/abort.js';
import { exampleCount, freeOutput, readPredictions } from './predictions.js';
import { isStream, type RowBatches, SampledBatches, StreamedBatches } from './row_batches.js';
import type { Writer } from './judges.js';
import type { LossFunction } from './step/loss.js';
import type {
  EvalPrediction,
  StreamedDataset,
  TrainableBatch,
  TrainableDataset,
  TrainableModel,
  TrainableOutput,
  TrainerCollator,
} from './types.js';
import { WindowPredictions } from './window_predictions.js';

/** Outputs of a model over a data set. */
export interface EvaluationOutput extends EvalPrediction {
  /** Mean loss over examples, weighted by batch size as Hugging Face does; absent without labels. */
  loss: number | undefined;
  samples: number;
  steps: number;
  seconds: number;
}

/** What an evaluation needs beside model and data. @internal */
export interface EvaluationOptions {
  batchSize: number;
  collator: TrainerCollator;
  loss: LossFunction;
  /** Get the predictions batch by batch. */
  observers: readonly Pick<MetricAccumulator, 'add'>[];
  /** How rows that are windows of a text become one prediction; undefined: each row is one. */
  combination?: WindowCombination | undefined;
  /** Makes predictions of sources, in place of what the model's pass gives. */
  write?: Writer | undefined;
  /** Whether the output holds all predictions. */
  keepsPredictions: boolean;
  /** Batches of outputs that may wait on the device. */
  ahead: number;
  signal?: AbortSignal | undefined;
  /** The total is unknown of a stream. */
  onStep?: (done: number, total: number | undefined) => void | Promise<void>;
}

function labelOf(row: Readonly<TokenizedRow>): number | readonly number[] | undefined {
  const label = row.labels ?? row.label;
  if (label === undefined || typeof label === 'number') return label;
  return Array.from(label as ArrayLike<number>);
}

/** A batch whose outputs are being read. */
interface Reading {
  rows: readonly Readonly<TokenizedRow>[];
  examples: number;
  values: Promise<[rows: Float32Array[], loss: number | undefined]>;
}

/** Sums up the batches of an evaluation as they are read. */
class Totals {
  readonly predictions: Float32Array[] = [];
  readonly labelIds: EvalPrediction['labelIds'] = [];
  readonly #options: EvaluationOptions;
  readonly #windows: WindowPredictions | undefined;
  #lossSum = 0;
  #labelled = 0;

  constructor(options: EvaluationOptions) {
    this.#options = options;
    if (options.combination !== undefined) this.#windows = new WindowPredictions(options.combination);
  }

  /** Whether anybody wants more than the loss. */
  get readsPredictions(): boolean {
    const { observers, keepsPredictions } = this.#options;
    return observers.length > 0 || keepsPredictions;
  }

  /** Begins to read a batch's outputs, which are freed then. */
  read(output: TrainableOutput, batch: TrainableBatch, rows: readonly Readonly<TokenizedRow>[]): Reading {
    const { write, signal } = this.#options;
    const predictions = async (): Promise<Float32Array[]> => {
      if (!this.readsPredictions) return [];
      return write === undefined
        ? readPredictions(output, batch)
        : write(
            rows.map(({ inputIds }) => inputIds),
            signal,
          );
    };
    const values = Promise.all([predictions(), output.loss?.item()]);
    const freed = values.finally(() => freeOutput(output));
    freed.catch(() => {});
    return { rows, examples: exampleCount(batch), values: freed };
  }

  /** Takes in what was read; batches come in their order. */
  async add({ rows, examples, values }: Reading): Promise<void> {
    const [predictions, loss] = await values;
    if (predictions.length > 0) {
      const whole = { predictions, labelIds: rows.map((row) => labelOf(row) ?? -100) };
      this.#take(this.#windows?.add(whole, rows) ?? whole);
    }
    if (loss === undefined) return;
    this.#lossSum += loss * examples;
    this.#labelled += examples;
  }

  /** After the last batch. */
  end(): void {
    if (this.#windows !== undefined) this.#take(this.#windows.end());
  }

  #take({ predictions, labelIds }: EvalPrediction): void {
    if (predictions.length === 0) return;
    const { observers, keepsPredictions } = this.#options;
    for (const observer of observers) observer.add({ predictions, labelIds });
    if (!keepsPredictions) return;
    for (const row of predictions) this.predictions.push(row);
    for (const label of labelIds) this.labelIds.push(label);
  }

  get loss(): number | undefined {
    return this.#labelled > 0 ? this.#lossSum / this.#labelled : undefined;
  }
}

/** The rows of a data set in their own order. */
function inOrder(
  dataset: TrainableDataset | StreamedDataset,
  batchSize: number,
): { batches: RowBatches; total: number | undefined } {
  if (isStream(dataset)) return { batches: new StreamedBatches(dataset, { batchSize }), total: undefined };
  const sampler = new BatchSampler({ sampler: new SequentialSampler(dataset.length), batchSize });
  return { batches: new SampledBatches(dataset, sampler), total: sampler.batchCount(0) };
}

/**
 * Runs a model over a data set without gradients, some batches ahead of what is read, in evaluation mode; the model is
 * then back in the mode it had.
 * @internal
 */
export async function evaluateModel(
  model: TrainableModel,
  dataset: TrainableDataset | StreamedDataset,
  options: EvaluationOptions,
): Promise<EvaluationOutput> {
  const start = performance.now();
  const totals = new Totals(options);
  const { batches, total } = inOrder(dataset, options.batchSize);
  const wasTraining = model.training;
  const pending: Reading[] = [];
  let [done, samples] = [0, 0];
  model.eval();
  try {
    for await (const rows of batches.batches(0)) {
      throwIfAborted(options.signal, 'evaluate');
      samples += rows.length;
      const batch = options.collator.collate(rows, { epoch: -1, batch: done });
      const output = noGrad(() =>
        options.loss.forward(batch, { lossOnly: options.write !== undefined || !totals.readsPredictions }),
      );
      pending.push(totals.read(output, batch, rows));
      if (pending.length > options.ahead) await totals.add(pending.shift()!);
      await ready(model.device);
      await options.onStep?.(++done, total);
    }
    for (const reading of pending) await totals.add(reading);
    totals.end();
  } finally {
    if (wasTraining) model.train();
  }
  const { predictions, labelIds, loss } = totals;
  const seconds = (performance.now() - start) / 1e3;
  return { predictions, labelIds, loss, samples, steps: done, seconds };
}
