import type { ParameterInit } from '../../../nn/init.js';
import { Conv1D, Linear } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import { mul } from '../../../ops/index.js';
import type { Generator } from '../../../tensor/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { dropped } from '../dropped.js';
import type { StackNames, StackSpec } from './spec.js';

/**
 * What a feed-forward part computes before its last linear layer, `down`: the activation of a linear layer, times
 * another's output where there is a gate.
 * Source of gates: Shazeer, GLU Variants Improve Transformer (arXiv 2002.05202).
 * @internal
 */
export class StackFeedForward extends Module {
  readonly gate?: Linear;
  readonly up: Linear;
  readonly down: Linear;
  readonly #spec: StackSpec;

  constructor(spec: StackSpec, { feedForward, isConv1D }: StackNames, init: ParameterInit) {
    super();
    const { hiddenSize, intermediateSize, initializerRange, std, bias } = spec;
    const Layer = isConv1D === true ? Conv1D : Linear;
    const up = { init, bias: bias.feedForward, std: std?.up ?? initializerRange };
    if (spec.isGated) this.gate = new Layer(hiddenSize, intermediateSize, up);
    this.up = new Layer(hiddenSize, intermediateSize, up);
    this.down = new Layer(intermediateSize, hiddenSize, { ...up, std: std?.down ?? initializerRange });
    this.paths = { ...feedForward };
    this.#spec = spec;
  }

  /** @param x (T, C) @returns what `down` takes (T, F) */
  override forward(x: Tensor, generator: Generator | undefined): Tensor {
    const { activation, dropout } = this.#spec;
    const active = (this.gate ?? this.up).forward(x, { activation });
    const states = this.gate === undefined ? active : mul(active, this.up.forward(x));
    return dropped(this, states, dropout.activation, generator);
  }
}
