import type { ParameterInit } from '../../../nn/init.js';
import { Linear, type WeightOptions } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import { LayerNorm } from '../../../nn/norm.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { fusedDropout } from '../dropped.js';
import { type Pass, SelfAttention } from './attention.js';
import { DisentangledAttention } from './disentangled.js';
import { InterleavedAttention } from './interleaved.js';
import type { EncoderNames, EncoderSpec } from './spec.js';
import { WindowedAttention } from './windowed.js';

/** The kind of self-attention that a family has. */
function attentionOf(spec: EncoderSpec, names: EncoderNames, weights: WeightOptions, index: number): SelfAttention {
  const { hiddenSize, heads, attentionDropout: dropout, hiddenDropout: positionDropout, disentangled, windows } = spec;
  const { parts, positionParts, globalParts, interleaved } = names;
  const sizes = { hiddenSize, heads, dropout, parts };
  if (disentangled !== undefined) {
    const Attention = interleaved === undefined ? DisentangledAttention : InterleavedAttention;
    const own = { terms: disentangled, positionDropout, positionParts: positionParts!, interleaved };
    return new Attention({ ...sizes, ...own }, weights);
  }
  if (windows === undefined) return new SelfAttention(sizes, weights);
  return new WindowedAttention({ ...sizes, window: windows[index]!, globalParts: globalParts! }, weights);
}

/** Attention and a feed-forward part, each added to its input and normed. @internal */
export class EncoderLayer extends Module {
  readonly attention: SelfAttention;
  readonly projection: Linear;
  readonly attentionNorm: LayerNorm;
  readonly up: Linear;
  readonly down: Linear;
  readonly outputNorm: LayerNorm;
  readonly #spec: EncoderSpec;

  constructor(spec: EncoderSpec, names: EncoderNames, init: ParameterInit, index: number) {
    super();
    const { hiddenSize, intermediateSize, eps, initializerRange: std } = spec;
    const weights = { init, std };
    this.attention = attentionOf(spec, names, weights, index);
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
