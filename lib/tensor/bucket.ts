import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';

/** The size that packed batches are padded to, so that one recording serves all of them. */
export interface Bucket {
  /** Sequences. */
  batch: number;
  /** Tokens of all sequences together. */
  tokens: number;
  /** Tokens of the longest sequence. */
  maxLength: number;
}

const SIZES = ['batch', 'tokens', 'maxLength'] as const satisfies readonly (keyof Bucket)[];

/**
 * Buckets in ascending order.
 * @param longest most tokens of a sequence that the model takes
 * @throws ConfigError for what is no list of buckets, or a bucket with an unknown, missing or impossible size
 * @internal
 */
export function checkedBuckets(where: string, buckets: readonly Bucket[], longest = 2 ** 31 - 1): Bucket[] {
  if (!Array.isArray(buckets)) throw new ConfigError(`${where}: buckets must be a list, got ${typeof buckets}`);
  const checked = (buckets as readonly Bucket[]).map((bucket, i) => {
    checkOptionNames(`${where}: buckets[${i}]`, bucket, SIZES);
    for (const name of SIZES) {
      const most = name === 'maxLength' ? longest : 2 ** 31 - 1;
      const value: unknown = bucket[name];
      if (Number.isInteger(value) && (value as number) >= 1 && (value as number) <= most) continue;
      throw new ConfigError(
        `${where}: ${name} of buckets[${i}] must be an integer from 1 to ${most}, got ${String(value)}`,
        { bucket: i, [name]: value },
      );
    }
    return { ...bucket };
  });
  return checked.sort((a, b) => a.tokens - b.tokens || a.batch - b.batch || a.maxLength - b.maxLength);
}

/** The first of the ascending buckets that holds a batch of some size. @internal */
export function smallestBucket(buckets: readonly Bucket[], size: Bucket): Bucket | undefined {
  return buckets.find((bucket) => SIZES.every((name) => size[name] <= bucket[name]));
}
