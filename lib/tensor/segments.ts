import { ConfigError } from '../util/errors.js';
import { resolveDevice } from './create.js';
import { type Tensor, uploadTensor } from './tensor.js';

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

  private constructor(
    /** Row where each sequence begins, and the end of the last: i32 (B + 1) on the device. */
    readonly cuSeqlens: Tensor,
    /** Tokens of each sequence. */
    readonly lengths: readonly number[],
  ) {
    this.batch = lengths.length;
    this.maxLength = lengths.reduce((longest, length) => Math.max(longest, length), 0);
    this.total = lengths.reduce((sum, length) => sum + length, 0);
  }

  /**
   * Segments of sequences that lie one behind the other.
   * @param lengths tokens of each; 0 is an empty sequence
   * @throws ConfigError when a length is negative or no whole number, or all together are 2^31 or more
   */
  static fromLengths(lengths: readonly number[], device = 'auto'): Segments {
    const offsets = new Int32Array(lengths.length + 1);
    lengths.forEach((length, i) => {
      if (!Number.isInteger(length) || length < 0)
        throw new ConfigError(`segments: lengths must be whole numbers from 0, got ${length} at position ${i}`);
      if (offsets[i]! + length >= 2 ** 31)
        throw new ConfigError(`segments: lengths must add up to less than 2^31, got ${offsets[i]! + length} or more`);
      offsets[i + 1] = offsets[i]! + length;
    });
    const cuSeqlens = uploadTensor(offsets, 'i32', [offsets.length], resolveDevice(device));
    cuSeqlens.host = offsets;
    return new Segments(cuSeqlens, [...lengths]);
  }

  /** The same segments with another handle of the same offsets. @internal */
  withHandle(cuSeqlens: Tensor): Segments {
    return new Segments(cuSeqlens, this.lengths);
  }

  /** Frees the device's copy. */
  dispose(): void {
    this.cuSeqlens.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
