import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError, DataError } from '../../util/errors.js';
import { type Sampler, checkCount } from './sampler.js';

/** What {@link BatchSampler} takes. */
export interface BatchSamplerOptions {
  sampler: Sampler;
  /** Most rows in a batch; needed unless `maxTokens` bounds it. */
  batchSize?: number;
  /** Whether a last batch of fewer than `batchSize` rows is left out; false by default. */
  dropLast?: boolean;
  /** Most tokens in a batch, needs `lengths`: a batch ends early when the next row would exceed it. */
  maxTokens?: number;
  /** Tokens of each row. */
  lengths?: ArrayLike<number>;
}

const BATCH_OPTIONS = ['sampler', 'batchSize', 'dropLast', 'maxTokens', 'lengths'];

/**
 * Cuts a sampler's order into batches of at most `batchSize` rows and, when asked, at most `maxTokens` tokens.
 *
 * @example
 * ```ts
 * import { BatchSampler, SequentialSampler } from 'gridstride';
 * const sampler = new SequentialSampler(4);
 * const batches = new BatchSampler({ sampler, maxTokens: 10, lengths: [5, 5, 5, 1] });
 * console.log([...batches.batches(0)], [...batches.batches(0, 1)]); // [ [ 0, 1 ], [ 2, 3 ] ] [ [ 2, 3 ] ]
 * ```
 */
export class BatchSampler {
  readonly #options: BatchSamplerOptions;
  readonly #batchSize: number;

  /**
   * @throws {ConfigError} An option is unknown, out of range or missing.
   * @throws {DataError} A row alone exceeds `maxTokens`.
   */
  constructor(options: BatchSamplerOptions) {
    checkOptionNames('BatchSampler', options, BATCH_OPTIONS);
    const { batchSize, dropLast = false, maxTokens } = options;
    if (batchSize !== undefined || maxTokens === undefined)
      checkCount('BatchSampler', 'batchSize', batchSize ?? Number.NaN, 1);
    if (maxTokens !== undefined) {
      checkLengths(maxTokens, options.lengths);
      if (dropLast) throw new ConfigError('BatchSampler: dropLast must be false with maxTokens, got true');
    }
    this.#options = options;
    this.#batchSize = batchSize ?? Infinity;
  }

  /**
   * The batches of an epoch (counted from 0): lists of row indices.
   *
   * @param from The batch to begin with: those before it cost a draw for each of their indices, and no row is touched.
   * @throws {ConfigError} `epoch` or `from` is no integer from 0.
   */
  *batches(epoch: number, from = 0): Generator<number[]> {
    checkCount('BatchSampler', 'from', from, 0);
    const { sampler, dropLast = false, maxTokens = Infinity, lengths = [] } = this.#options;
    const batchSize = this.#batchSize;
    let batch: number[] = [];
    let tokens = 0;
    let done = 0;
    for (const index of sampler.indices(epoch)) {
      const more = maxTokens === Infinity ? 0 : lengthOf(lengths, index);
      if (batch.length === batchSize || tokens + more > maxTokens) {
        if (done++ >= from) yield batch;
        batch = [];
        tokens = 0;
      }
      batch.push(index);
      tokens += more;
    }
    const isWhole = batch.length === batchSize;
    if (batch.length > 0 && (isWhole || !dropLast) && done >= from) yield batch;
  }

  /** Number of batches of an epoch; with a token budget the epochs may differ. */
  batchCount(epoch: number): number {
    const { sampler, dropLast = false, maxTokens } = this.#options;
    if (maxTokens === undefined) {
      const batches = sampler.length / this.#batchSize;
      return dropLast ? Math.floor(batches) : Math.ceil(batches);
    }
    let count = 0;
    for (const _ of this.batches(epoch)) count += 1;
    return count;
  }
}

function checkLengths(maxTokens: number, lengths: ArrayLike<number> | undefined): void {
  checkCount('BatchSampler', 'maxTokens', maxTokens, 1);
  if (lengths === undefined) throw new ConfigError('BatchSampler: maxTokens needs lengths, got none');
  for (let row = 0; row < lengths.length; row++) {
    if (lengths[row]! <= maxTokens) continue;
    const got = `${lengths[row]} in row ${row}`;
    throw new DataError(`BatchSampler: a row must have at most maxTokens ${maxTokens} tokens, got ${got}`, { row });
  }
}

function lengthOf(lengths: ArrayLike<number>, index: number): number {
  const length = lengths[index];
  if (length !== undefined) return length;
  throw new DataError(`BatchSampler: lengths must cover every row, got ${lengths.length} for row ${index}`, { index });
}
