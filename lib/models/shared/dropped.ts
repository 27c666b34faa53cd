import type { Module } from '../../nn/module.js';
import { dropout, type FusedDropoutOptions } from '../../ops/index.js';
import type { Generator } from '../../tensor/random.js';
import type { Tensor } from '../../tensor/tensor.js';

/** A module's dropout as the ops that have it built in take it: none outside of training. @internal */
export function fusedDropout({ training }: Module, p: number, generator: Generator | undefined): FusedDropoutOptions {
  return training ? { dropout: p, ...(generator && { generator }) } : {};
}

/** x with a module's dropout: as it is outside of training. @internal */
export function dropped({ training }: Module, x: Tensor, p: number, generator: Generator | undefined): Tensor {
  return training && p > 0 ? dropout(x, p, generator && { generator }) : x;
}
