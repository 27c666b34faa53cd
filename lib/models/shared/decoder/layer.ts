import type { ParameterInit } from '../../../nn/init.js';
import type { Linear } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import { LayerNorm, RMSNorm } from '../../../nn/norm.js';
import { add } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { dropped, fusedDropout } from '../dropped.js';
import { StackAttention, type StackPass } from './attention.js';
import { CrossAttention } from './cross_attention.js';
import { StackFeedForward } from './feed_forward.js';
import type { StackNames, StackSpec } from './spec.js';

/** A norm of a stack's kind. @internal */
export function normOf({ norm, hiddenSize, eps }: StackSpec, init: ParameterInit): LayerNorm | RMSNorm {
  return norm === 'rms' ? new RMSNorm(hiddenSize, { eps, init }) : new LayerNorm(hiddenSize, { eps, init });
}

/** What a layer gives. @internal */
export interface LayerOutput {
  hidden: Tensor; // (T, C)
  attentions?: Tensor | undefined;
  crossAttentions?: Tensor | undefined;
}

/** Attention, in decoders of a pair attention to the encoder's states, and a feed-forward part, each added to its input. @internal */
export class StackLayer extends Module {
  readonly attention: StackAttention;
  readonly attentionNorm: LayerNorm | RMSNorm;
  readonly cross?: CrossAttention;
  readonly crossNorm?: LayerNorm | RMSNorm;
  readonly feedForward: StackFeedForward;
  readonly outputNorm: LayerNorm | RMSNorm;
  readonly #spec: StackSpec;

  constructor(spec: StackSpec, names: StackNames, index: number, init: ParameterInit) {
    super();
    this.attention = new StackAttention(spec, names, index, { init });
    this.attentionNorm = normOf(spec, init);
    if (spec.crosses) {
      this.cross = new CrossAttention(spec, names, index, init);
      this.crossNorm = normOf(spec, init);
    }
    this.feedForward = new StackFeedForward(spec, names, init);
    this.outputNorm = normOf(spec, init);
    this.paths = { ...names.layer };
    this.#spec = spec;
  }

  /** @param x (T, C) */
  override forward(x: Tensor, pass: StackPass): LayerOutput {
    const { attention, cross, feedForward } = this;
    let [attentions, crossAttentions]: (Tensor | undefined)[] = [];
    let hidden = this.#part(x, this.attentionNorm, attention.out, pass, (input) => {
      const attended = attention.forward(input, pass);
      attentions = attended.attentions;
      return attended.context;
    });
    if (cross !== undefined)
      hidden = this.#part(hidden, this.crossNorm!, cross.out, pass, (input) => {
        const attended = cross.forward(input, pass);
        crossAttentions = attended.attentions;
        return attended.context;
      });
    const fed = (input: Tensor) => feedForward.forward(input, pass.generator);
    return {
      hidden: this.#part(hidden, this.outputNorm, feedForward.down, pass, fed),
      attentions,
      crossAttentions,
    };
  }

  /** x + dropout(last(body(norm(x)))), or norm(x + dropout(last(body(x)))). */
  #part(
    x: Tensor,
    norm: LayerNorm | RMSNorm,
    last: Linear,
    { generator }: StackPass,
    body: (input: Tensor) => Tensor,
  ): Tensor {
    const { normsFirst, dropout } = this.#spec;
    if (!normsFirst) return norm.forward(last.forward(body(x)), x, fusedDropout(this, dropout.hidden, generator));
    const inner = body(norm.forward(x));
    if (!this.training || dropout.hidden === 0) return last.forward(inner, { residual: x });
    return add(dropped(this, last.forward(inner), dropout.hidden, generator), x);
  }
}
