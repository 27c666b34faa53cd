import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import { LayerNorm } from '../../../nn/norm.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { fusedDropout } from '../dropped.js';
import { type Pass, SelfAttention } from './attention.js';
import type { EncoderNames, EncoderSpec } from './spec.js';

/** Attention and a feed-forward part, each added to its input and normed. @internal */
export class EncoderLayer extends Module {
  readonly attention: SelfAttention;
  readonly projection: Linear;
  readonly attentionNorm: LayerNorm;
  readonly up: Linear;
  readonly down: Linear;
  readonly outputNorm: LayerNorm;
  readonly #spec: EncoderSpec;

  constructor(spec: EncoderSpec, names: EncoderNames, init: ParameterInit) {
    super();
    const { hiddenSize, intermediateSize, heads, eps, initializerRange: std, attentionDropout } = spec;
    const weights = { init, std };
    this.attention = new SelfAttention({ hiddenSize, heads, dropout: attentionDropout, parts: names.parts }, weights);
    this.projection = new Linear(hiddenSize, hiddenSize, weights);
    this.attentionNorm = new LayerNorm(hiddenSize, { eps, init });
    this.up = new Linear(hiddenSize, intermediateSize, weights);
    this.down = new Linear(intermediateSize, hiddenSize, weights);
    this.outputNorm = new LayerNorm(hiddenSize, { eps, init });
    this.paths = { ...names.layer };
    this.#spec = spec;
  }

  /** @param x (T, C) */
  override forward(x: Tensor, pass: Pass): { hidden: Tensor; attentions?: Tensor } {
    const { activation, hiddenDropout } = this.#spec;
    const { projectionDropout = hiddenDropout, outputDropout = hiddenDropout } = this.#spec;
    const { context, attentions } = this.attention.forward(x, pass);
    const dropout = (p: number) => fusedDropout(this, p, pass.generator);
    const attended = this.attentionNorm.forward(this.projection.forward(context), x, dropout(projectionDropout));
    const contracted = this.down.forward(this.up.forward(attended, { activation }));
    const hidden = this.outputNorm.forward(contracted, attended, dropout(outputDropout));
    return attentions === undefined ? { hidden } : { hidden, attentions };
  }
}
