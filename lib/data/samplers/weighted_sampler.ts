import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { ascending } from '../../util/philox.js';
import { type Sampler, checkCount, checkedSeed, epochRandom } from './sampler.js';

/** What {@link WeightedRandomSampler} takes. */
export interface WeightedSamplerOptions {
  /** Rows drawn in an epoch; as many as there are weights by default. */
  numSamples?: number;
  /** Whether a row may be drawn again; true by default. */
  replacement?: boolean;
  /** Integer from 0 to 2^64 - 1; 42 by default. */
  seed?: number | bigint;
}

/**
 * Rows drawn with a chance in proportion to their weights, anew each epoch from seed + epoch: with weights inverse to
 * the sizes of classes, {@link computeSampleWeight}, every class is seen equally often.
 *
 * Source of drawing without replacement: Efraimidis and Spirakis, Weighted random sampling with a reservoir (2006).
 *
 * @example
 * ```ts
 * import { WeightedRandomSampler } from 'gridstride';
 * const sampler = new WeightedRandomSampler([0, 3, 1], { numSamples: 8 });
 * console.log([...sampler.indices(0)].includes(0), sampler.length); // false 8
 * ```
 */
export class WeightedRandomSampler implements Sampler {
  readonly length: number;
  readonly #weights: Float64Array;
  /** Sums of the weights up to and with each row. */
  readonly #sums: Float64Array;
  readonly #replacement: boolean;
  readonly #seed: bigint;

  /** @throws {ConfigError} A weight is negative or not finite, none is positive, or there are too few for `numSamples`. */
  constructor(weights: ArrayLike<number>, options: WeightedSamplerOptions = {}) {
    const where = 'WeightedRandomSampler';
    checkOptionNames(where, options, ['numSamples', 'replacement', 'seed']);
    const { numSamples = weights.length, replacement = true, seed = 42 } = options;
    checkCount(where, 'numSamples', numSamples, 0);
    this.#weights = Float64Array.from(weights);
    const wrong = this.#weights.findIndex((weight) => !(Number.isFinite(weight) && weight >= 0));
    if (wrong >= 0)
      throw new ConfigError(`${where}: weights must be finite and from 0, got ${weights[wrong]} at ${wrong}`);
    const positive = this.#weights.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
    const least = replacement ? Math.min(numSamples, 1) : numSamples;
    if (positive < least)
      throw new ConfigError(`${where}: there must be ${least} weights above 0, got ${positive}`, { positive });
    let sum = 0;
    this.#sums = this.#weights.map((weight) => (sum += weight));
    this.length = numSamples;
    this.#replacement = replacement;
    this.#seed = checkedSeed(seed);
  }

  *indices(epoch: number): Iterable<number> {
    checkCount('WeightedRandomSampler', 'epoch', epoch, 0);
    if (!this.#replacement) return yield* this.#withoutReplacement(epoch);
    const random = epochRandom(this.#seed, epoch);
    const total = this.#sums.at(-1) ?? 0;
    for (let i = 0; i < this.length; i++) yield this.#rowAt(random.nextFloat() * total);
  }

  /** The row whose stretch of the sums holds a point. */
  #rowAt(point: number): number {
    let [low, high] = [0, this.#sums.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sums[middle]! > point) high = middle;
      else low = middle + 1;
    }
    // Rounding may carry a point to the end, past the last row that has a weight.
    while (this.#weights[low] === 0) low -= 1;
    return low;
  }

  /** The rows with the smallest of independent exponential times, each at the rate of its weight. */
  *#withoutReplacement(epoch: number): Iterable<number> {
    const random = epochRandom(this.#seed, epoch);
    const times = this.#weights.map((weight) => -Math.log(1 - random.nextFloat()) / weight);
    const drawable = ascending(times.length).filter((row) => this.#weights[row]! > 0);
    yield* drawable.sort((a, b) => times[a]! - times[b]!).subarray(0, this.length);
  }
}
