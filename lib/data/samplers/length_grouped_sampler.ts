import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { type Sampler, checkCount, checkedSeed, epochRandom, shuffled } from './sampler.js';

/** What {@link LengthGroupedSampler} takes. */
export interface LengthGroupedSamplerOptions {
  /** Rows in a batch. */
  batchSize: number;
  /** Integer from 0 to 2^64 - 1; 42 by default. */
  seed?: number | bigint;
  /** Batches that are sorted together; by default as many as make four groups of an epoch, from 1 to 50. */
  megaBatches?: number;
}

/**
 * A random order in which rows of a batch have similar lengths: the shuffled rows are cut into groups of some batches,
 * each group is sorted from long to short, and the longest row of all comes first, so that a lack of memory shows at
 * once. Hugging Face's `LengthGroupedSampler`.
 *
 * @example
 * ```ts
 * import { LengthGroupedSampler } from 'gridstride';
 * const sampler = new LengthGroupedSampler([3, 9, 4, 1], { batchSize: 2 });
 * console.log([...sampler.indices(0)][0]); // 1
 * ```
 */
export class LengthGroupedSampler implements Sampler {
  readonly length: number;
  readonly #lengths: Float64Array;
  /** The first of the longest rows. */
  readonly #longest: number;
  readonly #groupRows: number;
  readonly #seed: bigint;

  /** @throws {ConfigError} An option is unknown or out of range, or a length is no number. */
  constructor(lengths: ArrayLike<number>, options: LengthGroupedSamplerOptions) {
    const where = 'LengthGroupedSampler';
    checkOptionNames(where, options, ['batchSize', 'seed', 'megaBatches']);
    const { batchSize, seed = 42 } = options;
    checkCount(where, 'batchSize', batchSize, 1);
    const quarters = Math.floor(lengths.length / (batchSize * 4));
    const { megaBatches = Math.max(1, Math.min(50, quarters)) } = options;
    checkCount(where, 'megaBatches', megaBatches, 1);
    for (let row = 0; row < lengths.length; row++)
      if (!Number.isFinite(lengths[row]))
        throw new ConfigError(`${where}: lengths must be numbers, got ${String(lengths[row])} for row ${row}`);
    this.#lengths = Float64Array.from(lengths);
    this.#longest = this.#lengths.reduce((best, length, row) => (length > this.#lengths[best]! ? row : best), 0);
    this.length = lengths.length;
    this.#groupRows = megaBatches * batchSize;
    this.#seed = checkedSeed(seed);
  }

  *indices(epoch: number): Iterable<number> {
    checkCount('LengthGroupedSampler', 'epoch', epoch, 0);
    const random = epochRandom(this.#seed, epoch);
    // Drawn group by group: an epoch over millions of rows starts at once.
    const order = shuffled(this.length, random);
    let displaced: number | undefined;
    for (let start = 0; start < this.length; start += this.#groupRows) {
      const group = Array.from({ length: Math.min(this.#groupRows, this.length - start) }, () => order.next().value!);
      group.sort((a, b) => this.#lengths[b]! - this.#lengths[a]!);
      // The longest of all rows comes first; the row it drives out takes its place, ahead of equally long ones.
      const place = group.indexOf(this.#longest);
      if (place >= 0) group[place] = group[0]!;
      if (start === 0) [displaced, group[0]] = [group[0], this.#longest];
      else if (place >= 0) group[0] = displaced!;
      yield* group;
    }
  }
}
