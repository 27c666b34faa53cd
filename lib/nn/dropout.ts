import { dropout } from '../ops/index.js';
import type { Generator } from '../tensor/random.js';
import type { Tensor } from '../tensor/tensor.js';
import { ConfigError } from '../util/errors.js';
import { Module } from './module.js';

/**
 * In training mode: zeroes each element with chance `p` and scales the others by 1 / (1 - p). In evaluation mode: x.
 *
 * @example
 * ```ts
 * import { Dropout, tensor } from 'gridstride';
 * const drop = new Dropout(0.1).eval();
 * console.log(await drop.forward(tensor([1, 2])).toArray()); // [ 1, 2 ]
 * ```
 */
export class Dropout extends Module {
  /**
   * @param p chance to zero, from 0 to below 1
   * @param generator of the random numbers; the device's default one when absent
   * @throws ConfigError when `p` is out of range
   */
  constructor(
    readonly p: number,
    readonly generator?: Generator,
  ) {
    super();
    if (!(p >= 0 && p < 1)) throw new ConfigError(`Dropout: p must lie in [0, 1), got ${p}`, { p });
  }

  override forward(x: Tensor): Tensor {
    if (!this.training || this.p === 0) return x;
    return dropout(x, this.p, this.generator === undefined ? {} : { generator: this.generator });
  }
}
