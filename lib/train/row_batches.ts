import type { BatchSampler, TokenizedRow } from '../data/index.js';
import { DataError } from '../util/errors.js';
import { LoopPacer } from '../util/yield.js';
import type { StreamedDataset, TrainableDataset } from './types.js';

/** As most collators take them; that of choices knows its own, and each refuses the other kind. */
type Row = Readonly<TokenizedRow>;

/** The rows of a run, batch by batch. @internal */
export interface RowBatches {
  /** The batches of an epoch but the first `skipped`. */
  batches(epoch: number, skipped?: number): AsyncIterable<readonly Row[]>;
}

/** How a stream is cut into batches. @internal */
export interface StreamCut {
  batchSize: number;
  maxTokens?: number | undefined;
  dropLast?: boolean;
}

/** Whether rows can only be read one after the other. @internal */
export function isStream(dataset: TrainableDataset | StreamedDataset): dataset is StreamedDataset {
  return !('length' in dataset);
}

/** Rows in the order of a sampler. @internal */
export class SampledBatches implements RowBatches {
  constructor(
    readonly dataset: TrainableDataset,
    readonly sampler: BatchSampler,
  ) {}

  async *batches(epoch: number, skipped = 0): AsyncGenerator<readonly Row[]> {
    const pacer = new LoopPacer('Trainer');
    let left = skipped;
    for (const indices of this.sampler.batches(epoch)) {
      if (left-- <= 0) yield indices.map((index) => this.dataset.at(index) as Row);
      else if (pacer.isDue()) await pacer.pause();
    }
  }
}

/** Rows in the order of a stream, which each epoch reads from its start. @internal */
export class StreamedBatches implements RowBatches {
  constructor(
    readonly stream: StreamedDataset,
    readonly cut: StreamCut,
  ) {}

  async *batches(_epoch: number, skipped = 0): AsyncGenerator<readonly Row[]> {
    let left = skipped;
    for await (const rows of this.#cut()) if (left-- <= 0) yield rows;
  }

  async *#cut(): AsyncGenerator<readonly Row[]> {
    const { batchSize, maxTokens = Infinity, dropLast = false } = this.cut;
    let batch: Row[] = [];
    let tokens = 0;
    for await (const given of this.stream) {
      const row = given as Row;
      const length = row.inputIds?.length ?? 0;
      if (length > maxTokens)
        throw new DataError(`Trainer: a row must have at most maxTokensPerBatch ${maxTokens} tokens, got ${length}`);
      if (batch.length === batchSize || tokens + length > maxTokens) {
        yield batch;
        [batch, tokens] = [[], 0];
      }
      batch.push(row);
      tokens += length;
    }
    if (batch.length > 0 && (!dropLast || batch.length === batchSize)) yield batch;
  }
}
