import { checkpoint } from '../../../autograd/checkpoint.js';
import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import { defaultGenerator, type Generator } from '../../../tensor/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { TokenBatch } from '../batch.js';
import type { Body } from '../body.js';
import type { Layout } from '../pack.js';
import type { Pass } from './attention.js';
import { DistanceBias } from './distance_bias.js';
import { EncoderEmbeddings } from './embeddings.js';
import { EncoderLayer } from './layer.js';
import { checkSpec, type EncoderNames, type EncoderSpec, layerOrder } from './spec.js';

/** Everything an encoder gives, for packed tokens. @internal */
export interface Encoded {
  lastHiddenState: Tensor; // (T, C)
  /** What the first layer reads, then each layer's output: (T, C) each. */
  hiddenStates?: Tensor[];
  /** Per layer (B, H, S, S). */
  attentions?: Tensor[];
}

/** What to compute beside the last hidden state, and with which random numbers. @internal */
export interface EncodeOptions {
  generator?: Generator | undefined;
  withHiddenStates?: boolean | undefined;
  withAttentions?: boolean | undefined;
}

/** Embeddings and a stack of layers: BERT and its relatives. @internal */
export class Encoder extends Module implements Body {
  readonly embeddings: EncoderEmbeddings;
  readonly expansion?: Linear;
  readonly layers: EncoderLayer[];
  readonly distances?: DistanceBias;
  readonly spec: EncoderSpec;
  readonly #order: readonly number[];
  /** Whether training computes layers again in the backward pass in place of keeping what their gradients need. */
  checkpointsGradients = false;

  constructor(spec: EncoderSpec, names: EncoderNames, init: ParameterInit) {
    super();
    checkSpec(spec);
    const { embeddingSize, hiddenSize, initializerRange: std, sharing, distances } = spec;
    this.embeddings = new EncoderEmbeddings(spec, names, init);
    if (spec.expands) this.expansion = new Linear(embeddingSize, hiddenSize, { init, std });
    const own = sharing === undefined ? spec.layers : sharing.groups * sharing.inner;
    this.layers = Array.from({ length: own }, () => new EncoderLayer(spec, names, init));
    if (distances !== undefined) this.distances = new DistanceBias({ ...distances, heads: spec.heads }, init, std);
    const { layers } = names.encoder;
    this.paths = { ...names.encoder, layers: typeof layers === 'string' ? layers : (index) => layers(index, spec) };
    this.spec = spec;
    this.#order = layerOrder(spec);
  }

  /** Frees the parameters and what else lies on the device. */
  override dispose(): void {
    this.distances?.dispose();
    super.dispose();
  }

  /** Tokens of the longest sequence there are positions for. */
  get maxLength(): number {
    const { maxPositions, countedPadding = -1 } = this.spec;
    return maxPositions - countedPadding - 1;
  }

  /** A bias by distance reads the distance between packed tokens: where a mask has gaps it is written out. */
  dependsOn({ hasGaps }: Layout): boolean {
    return this.distances !== undefined && hasGaps;
  }

  override forward(batch: TokenBatch, options: EncodeOptions = {}): Encoded {
    const { generator, withHiddenStates = false, withAttentions = false } = options;
    const pass: Pass = { batch, generator, withAttentions, distances: this.distances };
    const embedded = this.embeddings.forward(batch, generator);
    let hidden = this.expansion === undefined ? embedded : this.expansion.forward(embedded);
    const hiddenStates = [hidden];
    const attentions: Tensor[] = [];
    for (const index of this.#order) {
      const out = this.#runLayer(this.layers[index]!, hidden, pass);
      hidden = out.hidden;
      if (withHiddenStates) hiddenStates.push(hidden);
      if (out.attentions !== undefined) attentions.push(out.attentions);
    }
    return {
      lastHiddenState: hidden,
      ...(withHiddenStates && { hiddenStates }),
      ...(withAttentions && { attentions }),
    };
  }

  #runLayer(layer: EncoderLayer, x: Tensor, pass: Pass): { hidden: Tensor; attentions?: Tensor } {
    if (!this.checkpointsGradients || !this.training || pass.withAttentions) return layer.forward(x, pass);
    const parameters = [...layer.parameters(), ...(this.distances?.parameters() ?? [])];
    const generator = pass.generator ?? defaultGenerator(x.device);
    const { segments, seen } = pass.batch;
    const constants = [segments.cuSeqlens, ...(seen === undefined ? [] : [seen.segments.cuSeqlens, seen.rows])];
    const body = (input: Tensor, [own, others, rows]: readonly Tensor[]) => {
      const kept = seen && { segments: seen.segments.withHandle(others!), rows: rows! };
      const batch = { ...pass.batch, segments: segments.withHandle(own!), seen: kept };
      return layer.forward(input, { ...pass, batch }).hidden;
    };
    return { hidden: checkpoint(body, x, { parameters, constants, generator }) };
  }
}
