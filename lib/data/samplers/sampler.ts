import { checkOptionNames } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { PhiloxRandom, ascending } from '../../util/philox.js';

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

/** @internal */
export function checkCount(where: string, name: string, value: number, minimum: number): void {
  if (Number.isInteger(value) && value >= minimum && value < 2 ** 32) return;
  throw new ConfigError(`${where}: ${name} must be an integer from ${minimum}, got ${value}`, { [name]: value });
}

/**
 * The random numbers of an epoch: those of seed + epoch.
 * @internal
 */
export function epochRandom(seed: bigint, epoch: number): PhiloxRandom {
  return new PhiloxRandom(BigInt.asUintN(64, seed + BigInt(epoch)));
}

/**
 * A seed that may be given as a number.
 * @throws {ConfigError} It is no integer from 0 to 2^64 - 1.
 * @internal
 */
export function checkedSeed(seed: number | bigint): bigint {
  new PhiloxRandom(seed);
  return BigInt(seed);
}

/**
 * The indices 0 .. length - 1 in random order, drawn as they are read.
 * @internal
 */
export function* shuffled(length: number, random: PhiloxRandom): Generator<number, undefined> {
  const order = ascending(length);
  for (let i = 0; i < length; i++) {
    const other = i + random.nextBelow(length - i);
    const drawn = order[other]!;
    order[other] = order[i]!;
    yield drawn;
  }
  return undefined;
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
    this.length = length;
    this.#seed = checkedSeed(options.seed ?? 42);
  }

  *indices(epoch: number): Iterable<number> {
    checkCount('RandomSampler', 'epoch', epoch, 0);
    yield* shuffled(this.length, epochRandom(this.#seed, epoch));
  }
}
