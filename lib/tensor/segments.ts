import { ConfigError } from '../util/errors.js';
import type { Bucket } from './bucket.js';
import { resolveDevice } from './create.js';
import { keep, type Tensor, uploadTensor } from './tensor.js';

/**
 * Where the sequences of a packed batch begin and end: rows of a tensor (T, C) are tokens, sequence `b` has the rows
 * `[cuSeqlens[b], cuSeqlens[b + 1])`. The host keeps the lengths, so that geometry needs no device round trip.
 *
 * @example
 * ```ts
 * import { Segments } from 'gridstride';
 * const segments = Segments.fromLengths([3, 1, 5], 'cpu');
 * console.log(segments.total, segments.maxLength); // 9 5
 * console.log(await segments.cuSeqlens.toArray()); // [ 0, 3, 4, 9 ]
 * ```
 */
export class Segments {
  /** Length of the longest sequence. */
  readonly maxLength: number;
  /** Number of tokens, T. */
  readonly total: number;
  /** Number of sequences, B. */
  readonly batch: number;
  #lengths: readonly number[];

  private constructor(
    /** Row where each sequence begins, and the end of the last: i32 (B + 1) on the device. */
    readonly cuSeqlens: Tensor,
    lengths: readonly number[],
    size: Bucket,
  ) {
    this.#lengths = lengths;
    this.maxLength = size.maxLength;
    this.total = size.tokens;
    this.batch = size.batch;
  }

  /** Tokens of each sequence. */
  get lengths(): readonly number[] {
    return this.#lengths;
  }

  /**
   * Segments of sequences that lie one behind the other.
   * @param lengths tokens of each; 0 is an empty sequence
   * @throws ConfigError when a length is negative or no whole number, or all together are 2^31 or more
   */
  static fromLengths(lengths: readonly number[], device = 'auto'): Segments {
    const offsets = offsetsOf(lengths, lengths.length);
    const cuSeqlens = uploadTensor(offsets, 'i32', [offsets.length], resolveDevice(device));
    cuSeqlens.host = offsets;
    const maxLength = lengths.reduce((longest, length) => Math.max(longest, length), 0);
    return new Segments(cuSeqlens, [...lengths], { batch: lengths.length, tokens: offsets.at(-1)!, maxLength });
  }

  /**
   * Segments in memory that batches of up to a bucket's size are written to, with {@link Segments.write}: what a
   * recording reads. `batch`, `total` and `maxLength` are the bucket's. They live until disposed.
   * @internal
   */
  static ofBucket(bucket: Bucket, device: string): Segments {
    const cuSeqlens = keep(uploadTensor(new Int32Array(bucket.batch + 1), 'i32', [bucket.batch + 1], device));
    return new Segments(cuSeqlens, [], bucket);
  }

  /**
   * Replaces the sequences by others that fit the bucket; those that lack to its batch are empty.
   * @throws ConfigError as `fromLengths`
   * @internal
   */
  write(lengths: readonly number[]): void {
    this.cuSeqlens.write(offsetsOf(lengths, this.batch));
    this.#lengths = [...lengths];
  }

  /** The same segments with another handle of the same offsets. @internal */
  withHandle(cuSeqlens: Tensor): Segments {
    const { batch, total: tokens, maxLength } = this;
    return new Segments(cuSeqlens, this.#lengths, { batch, tokens, maxLength });
  }

  /** Frees the device's copy. */
  dispose(): void {
    this.cuSeqlens.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Offsets (batch + 1) of so many sequences; those past the last are empty. */
function offsetsOf(lengths: readonly number[], batch: number): Int32Array {
  const offsets = new Int32Array(batch + 1);
  lengths.forEach((length, i) => {
    if (!Number.isInteger(length) || length < 0)
      throw new ConfigError(`segments: lengths must be whole numbers from 0, got ${length} at position ${i}`);
    if (offsets[i]! + length >= 2 ** 31)
      throw new ConfigError(`segments: lengths must add up to less than 2^31, got ${offsets[i]! + length} or more`);
    offsets[i + 1] = offsets[i]! + length;
  });
  return offsets.fill(offsets[lengths.length]!, lengths.length);
}
