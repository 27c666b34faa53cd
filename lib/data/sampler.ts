import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError, DataError } from '../util/errors.js';
import { PhiloxRandom, ascending } from '../util/philox.js';

/**
 * The order in which an epoch visits rows. An own sampler (weighted, grouped by length) implements these two members.
 *
 * @example
 * ```ts
 * import { BatchSampler, type Sampler } from 'gridstride';
 * const backwards: Sampler = { length: 3, indices: () => [2, 1, 0] };
 * console.log([...new BatchSampler({ sampler: backwards, batchSize: 2 }).batches(0)]); // [ [ 2, 1 ], [ 0 ] ]
 * ```
 */
export interface Sampler {
  /** Number of indices in an epoch. */
  readonly length: number;
  /** The indices of an epoch (counted from 0), the same whenever asked for the same epoch. */
  indices(epoch: number): Iterable<number>;
}

function checkCount(where: string, name: string, value: number, minimum: number): void {
  if (Number.isInteger(value) && value >= minimum && value < 2 ** 32) return;
  throw new ConfigError(`${where}: ${name} must be an integer from ${minimum}, got ${value}`, { [name]: value });
}

/**
 * Rows in their own order.
 *
 * @example
 * ```ts
 * import { SequentialSampler } from 'gridstride';
 * console.log([...new SequentialSampler(3).indices()]); // [ 0, 1, 2 ]
 * ```
 */
export class SequentialSampler implements Sampler {
  readonly length: number;

  /** @throws {ConfigError} The length is no integer from 0. */
  constructor(length: number) {
    checkCount('SequentialSampler', 'length', length, 0);
    this.length = length;
  }

  *indices(): Iterable<number> {
    for (let i = 0; i < this.length; i++) yield i;
  }
}

/**
 * Every row once an epoch, in an order drawn anew each epoch from seed + epoch. The shuffle advances with the
 * reader, so that an epoch over millions of rows starts at once.
 *
 * @example
 * ```ts
 * import { RandomSampler } from 'gridstride';
 * const sampler = new RandomSampler(4, { seed: 1 });
 * console.log([...sampler.indices(0)], [...sampler.indices(1)]); // [ 0, 1, 2, 3 ] [ 1, 3, 0, 2 ]
 * ```
 */
export class RandomSampler implements Sampler {
  readonly length: number;
  readonly #seed: bigint;

  /** @throws {ConfigError} The length is no integer from 0, or the seed none from 0 to 2^64 - 1. */
  constructor(length: number, options: { seed?: number | bigint } = {}) {
    checkOptionNames('RandomSampler', options, ['seed']);
    checkCount('RandomSampler', 'length', length, 0);
    const { seed = 42 } = options;
    new PhiloxRandom(seed);
    this.length = length;
    this.#seed = BigInt(seed);
  }

  *indices(epoch: number): Iterable<number> {
    checkCount('RandomSampler', 'epoch', epoch, 0);
    const random = new PhiloxRandom(BigInt.asUintN(64, this.#seed + BigInt(epoch)));
    const order = ascending(this.length);
    for (let i = 0; i < this.length; i++) {
      const other = i + random.nextBelow(this.length - i);
      const drawn = order[other]!;
      order[other] = order[i]!;
      yield drawn;
    }
  }
}

/** What {@link BatchSampler} takes. */
export interface BatchSamplerOptions {
  sampler: Sampler;
  /** Most rows in a batch. */
  batchSize: number;
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
 * const batches = new BatchSampler({ sampler, batchSize: 3, maxTokens: 10, lengths: [5, 5, 5, 1] });
 * console.log([...batches.batches(0)]); // [ [ 0, 1 ], [ 2, 3 ] ]
 * ```
 */
export class BatchSampler {
  readonly #options: BatchSamplerOptions;

  /**
   * @throws {ConfigError} An option is unknown, out of range or missing.
   * @throws {DataError} A row alone exceeds `maxTokens`.
   */
  constructor(options: BatchSamplerOptions) {
    checkOptionNames('BatchSampler', options, BATCH_OPTIONS);
    const { batchSize, dropLast = false, maxTokens, lengths, sampler } = options;
    checkCount('BatchSampler', 'batchSize', batchSize, 1);
    if (maxTokens !== undefined) {
      checkCount('BatchSampler', 'maxTokens', maxTokens, 1);
      if (lengths === undefined) throw new ConfigError('BatchSampler: maxTokens needs lengths, got none');
      if (dropLast) throw new ConfigError('BatchSampler: dropLast must be false with maxTokens, got true');
      for (let row = 0; row < lengths.length; row++) {
        if (lengths[row]! <= maxTokens) continue;
        const got = `${lengths[row]} in row ${row}`;
        throw new DataError(`BatchSampler: a row must have at most maxTokens ${maxTokens} tokens, got ${got}`, { row });
      }
    }
    this.#options = { ...options, sampler };
  }

  /** The batches of an epoch (counted from 0): lists of row indices. */
  *batches(epoch: number): Iterable<number[]> {
    const { sampler, batchSize, dropLast = false, maxTokens = Infinity, lengths = [] } = this.#options;
    let batch: number[] = [];
    let tokens = 0;
    for (const index of sampler.indices(epoch)) {
      const more = maxTokens === Infinity ? 0 : lengthOf(lengths, index);
      if (batch.length === batchSize || tokens + more > maxTokens) {
        yield batch;
        batch = [];
        tokens = 0;
      }
      batch.push(index);
      tokens += more;
    }
    const isWhole = batch.length === batchSize;
    if (batch.length > 0 && (isWhole || !dropLast)) yield batch;
  }

  /** Number of batches of an epoch; with a token budget the epochs may differ. */
  batchCount(epoch: number): number {
    const { sampler, batchSize, dropLast = false, maxTokens } = this.#options;
    if (maxTokens === undefined) {
      return dropLast ? Math.floor(sampler.length / batchSize) : Math.ceil(sampler.length / batchSize);
    }
    let count = 0;
    for (const _ of this.batches(epoch)) count += 1;
    return count;
  }
}

function lengthOf(lengths: ArrayLike<number>, index: number): number {
  const length = lengths[index];
  if (length !== undefined) return length;
  throw new DataError(`BatchSampler: lengths must cover every row, got ${lengths.length} for row ${index}`, { index });
}
