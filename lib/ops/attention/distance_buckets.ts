import { resolveDevice } from '../../tensor/create.js';
import { type Tensor, uploadTensor } from '../../tensor/tensor.js';
import { ConfigError } from '../../util/errors.js';

/** Buckets of the distances -reach to reach; the tensor keeps its values on the host, where `attention` checks them. */
function tableOf(reach: number, device: string | undefined, bucketOf: (distance: number) => number): Tensor {
  const values = Int32Array.from({ length: 2 * reach + 1 }, (_, i) => bucketOf(i - reach));
  const table = uploadTensor(values, 'i32', [values.length], resolveDevice(device));
  table.host = values;
  return table;
}

function checkWhole(op: string, name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least || value >= 2 ** 24)
    throw new ConfigError(`${op}: ${name} must be a whole number from ${least} to below 2^24, got ${value}`);
}

// Python computes these logarithms in single precision, and a bucket's edge depends on it.
const log = (x: number) => Math.fround(Math.log(Math.fround(x)));
const divide = (a: number, b: number) => Math.fround(Math.fround(a) / Math.fround(b));

/**
 * T5's buckets of distances for `attention`'s relative bias: one each for small distances, then wider and wider ones up
 * to `maxDistance`, the last for all beyond (Raffel et al., arXiv 1910.10683, section 2.1).
 * @param options.isBidirectional whether later keys have buckets of their own; false in decoders
 * @param options.buckets number of buckets: `relative_attention_num_buckets`, by default 32
 * @param options.maxDistance in tokens: `relative_attention_max_distance`, by default 128
 * @returns i32 (2 maxDistance + 3)
 * @throws ConfigError when the buckets are too few, or no fewer than the distances
 *
 * @example
 * ```ts
 * import { t5Buckets } from 'gridstride';
 * const table = t5Buckets({ isBidirectional: true, buckets: 8, maxDistance: 4, device: 'cpu' });
 * console.log((await table.data()).join(' ')); // 3 3 3 2 1 0 5 6 7 7 7
 * ```
 */
export function t5Buckets(options: {
  isBidirectional: boolean;
  buckets?: number;
  maxDistance?: number;
  device?: string;
}): Tensor {
  const { isBidirectional, buckets = 32, maxDistance = 128 } = options;
  checkWhole('t5Buckets', 'buckets', buckets, isBidirectional ? 4 : 2);
  const side = isBidirectional ? Math.floor(buckets / 2) : buckets;
  const exact = Math.floor(side / 2);
  checkWhole('t5Buckets', 'maxDistance', maxDistance, exact + 1);
  const sideBucket = (length: number) => {
    if (length < exact) return length;
    const share = divide(log(divide(length, exact)), Math.log(maxDistance / exact));
    return Math.min(side - 1, exact + Math.trunc(Math.fround(share * (side - exact))));
  };
  return tableOf(maxDistance + 1, options.device, (distance) =>
    isBidirectional ? (distance > 0 ? side : 0) + sideBucket(Math.abs(distance)) : sideBucket(Math.max(0, -distance)),
  );
}

/**
 * DeBERTa's buckets of distances for `attention`'s relative bias: one each up to half the buckets, then wider and wider
 * ones; without buckets one for each distance (He et al., arXiv 2006.03654; v2's log buckets in arXiv 2111.09543). Its
 * tables have 2 span buckets, where the span is `buckets`, or `maxDistance` without.
 * @param options.maxDistance in tokens: `max_relative_positions`, or where that is below 1 `max_position_embeddings`
 * @param options.buckets `position_buckets`; 0 or less: none
 * @returns i32 (2 reach + 1), values in [0, 2 span); the reach is `maxDistance`, or more for an odd number of buckets
 * @throws ConfigError when the buckets are below 4 or as many as the distances, or maxDistance is below 1
 *
 * @example
 * ```ts
 * import { debertaBuckets } from 'gridstride';
 * const table = debertaBuckets({ maxDistance: 2, device: 'cpu' });
 * console.log((await table.data()).join(' ')); // 3 3 2 1 0
 * ```
 */
export function debertaBuckets(options: { maxDistance: number; buckets?: number; device?: string }): Tensor {
  const { maxDistance, buckets = 0 } = options;
  checkWhole('debertaBuckets', 'maxDistance', maxDistance, 1);
  if (buckets > 0) checkWhole('debertaBuckets', 'buckets', buckets, 4);
  const middle = Math.floor(buckets / 2);
  if (buckets > 0 && maxDistance <= middle + 1)
    throw new ConfigError(
      `debertaBuckets: maxDistance must be above buckets / 2 + 1, got ${maxDistance} for ${buckets}`,
    );
  const bucketOf = (distance: number) => {
    const length = Math.abs(distance);
    if (buckets <= 0 || length <= middle) return distance;
    const share = divide(log(divide(length, middle)), log((maxDistance - 1) / middle));
    return Math.sign(distance) * (Math.ceil(Math.fround(share * (middle - 1))) + middle);
  };
  const span = buckets > 0 ? buckets : maxDistance;
  let reach = maxDistance;
  while (bucketOf(reach) < span) reach += 1; // from there on Python clamps
  // Python counts from the key to the query, attention from the query to the key.
  return tableOf(reach, options.device, (distance) => Math.min(Math.max(bucketOf(-distance) + span, 0), 2 * span - 1));
}
