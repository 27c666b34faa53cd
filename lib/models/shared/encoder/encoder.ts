import { checkpoint } from '../../../autograd/checkpoint.js';
import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { Module } from '../../../nn/module.js';
import { reshape } from '../../../ops/index.js';
import { defaultGenerator, type Generator } from '../../../tensor/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { layerConstants, type TokenBatch, withLayerConstants } from '../batch.js';
import type { Body } from '../body.js';
import type { Layout } from '../pack.js';
import type { Pass } from './attention.js';
import { DistanceBias } from './distance_bias.js';
import { EncoderEmbeddings } from './embeddings.js';
import { EncoderLayer } from './layer.js';
import { PositionTable, type Reach } from './position_table.js';
import { checkSpec, type EncoderNames, type EncoderSpec, layerOrder } from './spec.js';
import { TokenConvolution } from './token_convolution.js';

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
  readonly positions?: PositionTable;
  readonly convolution?: TokenConvolution;
  readonly spec: EncoderSpec;
  readonly #order: readonly number[];
  /** Whether training computes layers again in the backward pass in place of keeping what their gradients need. */
  checkpointsGradients = false;

  constructor(spec: EncoderSpec, names: EncoderNames, init: ParameterInit) {
    super();
    checkSpec(spec);
    const { embeddingSize, hiddenSize, initializerRange: std, sharing, distances, disentangled, convolution } = spec;
    this.embeddings = new EncoderEmbeddings(spec, names, init);
    if (spec.expands === true) this.expansion = new Linear(embeddingSize, hiddenSize, { init, std });
    const own = sharing === undefined ? spec.layers : sharing.groups * sharing.inner;
    this.layers = Array.from({ length: own }, (_, layer) => new EncoderLayer(spec, names, init, layer));
    if (distances !== undefined) this.distances = new DistanceBias({ ...distances, heads: spec.heads }, init, std);
    if (disentangled?.positions) this.positions = new PositionTable(spec, disentangled.positions, init);
    if (convolution !== undefined) this.convolution = new TokenConvolution(spec, convolution, init);
    const { layers } = names.encoder;
    this.paths = { ...names.encoder, layers: typeof layers === 'string' ? layers : (index) => layers(index, spec) };
    this.spec = spec;
    this.#order = layerOrder(spec);
  }

  /** Frees the parameters and what else lies on the device. */
  override dispose(): void {
    this.distances?.dispose();
    this.positions?.dispose();
    super.dispose();
  }

  /** Tokens of the longest sequence there are positions for. */
  get maxLength(): number {
    const { maxPositions, countedPadding = -1 } = this.spec;
    return maxPositions - countedPadding - 1;
  }

  /** Where a mask has gaps, packed neighbours are no neighbours: what reads distances is then written out. */
  dependsOn({ hasGaps }: Layout): boolean {
    const { disentangled, windows } = this.spec;
    return (this.distances ?? disentangled ?? windows) !== undefined && hasGaps;
  }

  override forward(batch: TokenBatch, options: EncodeOptions = {}): Encoded {
    const { generator, withHiddenStates = false, withAttentions = false } = options;
    const reach = () => this.#reachIn(batch, withAttentions);
    const pass: Pass = { batch, generator, withAttentions, distances: this.distances, reach };
    const embedded = this.embeddings.forward(batch, generator);
    const first = this.expansion === undefined ? embedded : this.expansion.forward(embedded);
    // Behind a node of its own, so that the first layer's gradients add up before the convolution's: as when it is run again.
    let hidden = this.convolution === undefined ? first : reshape(first, first.shape);
    const hiddenStates = [hidden];
    const attentions: Tensor[] = [];
    for (const [step, index] of this.#order.entries()) {
      const out = this.#runLayer(this.layers[index]!, hidden, pass);
      hidden = step === 0 && this.convolution ? this.convolution.forward(first, out.hidden, pass) : out.hidden;
      if (withHiddenStates) hiddenStates.push(hidden);
      if (out.attentions !== undefined) attentions.push(out.attentions);
    }
    return {
      lastHiddenState: hidden,
      ...(withHiddenStates && { hiddenStates }),
      ...(withAttentions && { attentions }),
    };
  }

  /** Written out, scores have the distances of columns; packed, those within the longest sequence. */
  #reachIn({ layout, segments }: TokenBatch, withAttentions: boolean): Reach | undefined {
    const isWritten = layout !== undefined && (withAttentions || layout.hasGaps);
    return this.positions?.forward(isWritten ? layout.width : segments.maxLength);
  }

  #runLayer(layer: EncoderLayer, x: Tensor, pass: Pass): { hidden: Tensor; attentions?: Tensor } {
    if (!this.checkpointsGradients || !this.training || pass.withAttentions) return layer.forward(x, pass);
    const shared = [this.distances, this.positions];
    const parameters = [layer, ...shared].flatMap((module) => module?.parameters() ?? []);
    const generator = pass.generator ?? defaultGenerator(x.device);
    const constants = layerConstants(pass.batch);
    const body = (input: Tensor, handles: readonly Tensor[]) => {
      const batch = withLayerConstants(pass.batch, handles);
      return layer.forward(input, { ...pass, batch }).hidden;
    };
    return { hidden: checkpoint(body, x, { parameters, constants, generator }) };
  }
}
