import { type FusedDropoutOptions, layerNorm, rmsNorm } from '../ops/index.js';
import type { Tensor } from '../tensor/tensor.js';
import { type ParameterInit, SeededInit } from './init.js';
import { Module } from './module.js';

/** Options of the norms. */
export interface NormOptions {
  /** Added to the variance; 1e-12 by default, as in BERT. */
  eps?: number;
  /** Makes the values; f32 on the default device when absent. */
  init?: ParameterInit;
}

/**
 * Each row less its mean, over its standard deviation, times `weight` plus `bias`; of dropout(x) + residual where they are
 * given.
 * Source: Ba, Kiros, Hinton, Layer Normalization (2016).
 *
 * @example
 * ```ts
 * import { LayerNorm, tensor } from 'gridstride';
 * const norm = new LayerNorm(2);
 * console.log(await norm.forward(tensor([[1, 3]])).toArray()); // [ [ -1, 1 ] ]
 * ```
 */
export class LayerNorm extends Module {
  weight: Tensor; // (C)
  bias: Tensor; // (C)
  readonly eps: number;

  constructor(features: number, { eps = 1e-12, init = new SeededInit() }: NormOptions = {}) {
    super();
    this.weight = init.constant([features], 1);
    this.bias = init.constant([features], 0);
    this.eps = eps;
  }

  /** @param x (..., C) @param residual of the shape of x @param dropout of x, whatever the mode @returns (..., C) */
  override forward(x: Tensor, residual?: Tensor, dropout: FusedDropoutOptions = {}): Tensor {
    return layerNorm(x, this.weight, this.bias, { eps: this.eps, ...(residual && { residual }), ...dropout });
  }
}

/**
 * Each row over its root mean square, times `weight`; of dropout(x) + residual where they are given.
 * Source: Zhang, Sennrich, Root Mean Square Layer Normalization (2019).
 *
 * @example
 * ```ts
 * import { RMSNorm, tensor } from 'gridstride';
 * const norm = new RMSNorm(2, { eps: 0 });
 * console.log(await norm.forward(tensor([[2, 2]])).toArray()); // [ [ 1, 1 ] ]
 * ```
 */
export class RMSNorm extends Module {
  weight: Tensor; // (C)
  readonly eps: number;

  constructor(features: number, { eps = 1e-6, init = new SeededInit() }: NormOptions = {}) {
    super();
    this.weight = init.constant([features], 1);
    this.eps = eps;
  }

  /** @param x (..., C) @param residual of the shape of x @param dropout of x, whatever the mode @returns (..., C) */
  override forward(x: Tensor, residual?: Tensor, dropout: FusedDropoutOptions = {}): Tensor {
    return rmsNorm(x, this.weight, { eps: this.eps, ...(residual && { residual }), ...dropout });
  }
}
