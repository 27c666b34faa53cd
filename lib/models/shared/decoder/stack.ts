import { checkpoint } from '../../../autograd/checkpoint.js';
import type { Embedding } from '../../../nn/embedding.js';
import type { ParameterInit } from '../../../nn/init.js';
import { Module } from '../../../nn/module.js';
import { LayerNorm, type RMSNorm } from '../../../nn/norm.js';
import { defaultGenerator } from '../../../tensor/random.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { TokenBatch } from '../batch.js';
import type { Body } from '../body.js';
import { dropped } from '../dropped.js';
import { DistanceBias } from '../encoder/distance_bias.js';
import type { EncodeOptions, Encoded } from '../encoder/encoder.js';
import type { Layout } from '../pack.js';
import type { Source, StackPass } from './attention.js';
import { StackEmbeddings } from './embeddings.js';
import { type LayerOutput, normOf, StackLayer } from './layer.js';
import { RotaryFrequencies } from './rotary.js';
import { checkStackSpec, type StackNames, type StackSpec } from './spec.js';

/** What a pass through a stack reads beside its tokens. @internal */
export interface StackOptions extends EncodeOptions {
  /** States that the layers attend to, where these are no longer in the cache. */
  source?: Source | undefined;
}

/** What a stack gives, for packed tokens. @internal */
export interface StackOutput extends Encoded {
  /** Per layer (B, H, S, Ss). */
  crossAttentions?: Tensor[];
}

/** Embeddings and layers of GPTs and LLaMA, and of either half of an encoder-decoder. @internal */
export class Stack extends Module implements Body {
  readonly embeddings: StackEmbeddings;
  readonly distances?: DistanceBias;
  readonly layers: StackLayer[];
  readonly embeddingNorm?: LayerNorm;
  readonly norm?: LayerNorm | RMSNorm;
  readonly spec: StackSpec;
  readonly #rotary: RotaryFrequencies | undefined;
  checkpointsGradients = false;

  /** @param shared the words' table of a model whose stacks have one together */
  constructor(spec: StackSpec, names: StackNames, init: ParameterInit, shared?: Embedding) {
    super();
    checkStackSpec(spec);
    const { places, heads, isCausal, initializerRange, std } = spec;
    this.embeddings = new StackEmbeddings(spec, names, init, shared);
    if (places.distances !== undefined) {
      const { buckets } = places.distances;
      const sizes = { ...places.distances, heads, rows: buckets, isBidirectional: !isCausal };
      this.distances = new DistanceBias(sizes, init, std?.distances ?? initializerRange);
    }
    this.layers = Array.from({ length: spec.layers }, (_, index) => new StackLayer(spec, names, index, init));
    if (spec.normsEmbeddings) this.embeddingNorm = new LayerNorm(spec.embeddingSize, { eps: spec.eps, init });
    if (spec.normsFirst) this.norm = normOf(spec, init);
    const { distances = '', layers, embeddingNorm = '', norm = '' } = names.stack;
    this.paths = { embeddings: '', distances, layers, embeddingNorm, norm };
    this.spec = spec;
    this.#rotary = places.rotary && new RotaryFrequencies(places.rotary);
  }

  /** Frees the parameters and what else lies on the device. */
  override dispose(): void {
    this.distances?.dispose();
    this.embeddings.dispose();
    this.#rotary?.dispose();
    super.dispose();
  }

  get maxLength(): number {
    return this.spec.maxPositions;
  }

  /** Packed neighbours may be no neighbours, and some rotary positions depend on the longest sequence. */
  dependsOn({ hasGaps }: Layout): boolean {
    return (this.distances !== undefined && hasGaps) || this.#rotary?.isDynamic === true;
  }

  override forward(batch: TokenBatch, options: StackOptions = {}): StackOutput {
    const { generator, withHiddenStates = false, withAttentions = false, source } = options;
    const { distances } = this;
    const rotation = this.#rotary?.rotation(batch.positions);
    const pass: StackPass = { batch, generator, withAttentions, distances, rotation, source };
    let hidden = this.embeddings.forward(batch, this.embeddingNorm, generator);
    const hiddenStates = [hidden];
    const outputs: LayerOutput[] = [];
    for (const layer of this.layers) {
      const output = this.#runLayer(layer, hidden, pass);
      hidden = output.hidden;
      hiddenStates.push(hidden);
      outputs.push(output);
    }
    const states = this.#finish(hidden, pass);
    return {
      lastHiddenState: states,
      // As in Python the last of them is normed.
      ...(withHiddenStates && { hiddenStates: hiddenStates.with(-1, states) }),
      ...(withAttentions && { attentions: outputs.map(({ attentions }) => attentions!) }),
      ...(withAttentions && this.spec.crosses && { crossAttentions: outputs.map((each) => each.crossAttentions!) }),
    };
  }

  #finish(hidden: Tensor, { generator }: StackPass): Tensor {
    const { dropout } = this.spec;
    const normed = this.norm === undefined ? hidden : this.norm.forward(hidden);
    return dropout.ofStates === true ? dropped(this, normed, dropout.embeddings, generator) : normed;
  }

  #runLayer(layer: StackLayer, x: Tensor, pass: StackPass): LayerOutput {
    const { batch, rotation, source } = pass;
    if (!this.checkpointsGradients || !this.training || pass.withAttentions) return layer.forward(x, pass);
    const parameters = [...layer.parameters(), ...(this.distances?.parameters() ?? [])];
    const generator = pass.generator ?? defaultGenerator(x.device);
    const constants = [
      batch.segments.cuSeqlens,
      ...(rotation === undefined ? [] : [rotation.positions, rotation.frequencies]),
      ...(source === undefined ? [] : [source.segments.cuSeqlens]),
    ];
    const body = (input: Tensor, held: readonly Tensor[], [states]: readonly Tensor[]) =>
      layer.forward(input, { ...pass, ...heldPass(pass, held, states) }).hidden;
    const inputs = source === undefined ? [] : [source.states];
    return { hidden: checkpoint(body, x, { parameters, constants, generator, inputs }) };
  }
}

/** The parts of a pass with handles that live until the backward pass. */
function heldPass(
  { batch, rotation, source }: StackPass,
  held: readonly Tensor[],
  states: Tensor | undefined,
): Partial<StackPass> {
  const [own, ...others] = held;
  const segments = batch.segments.withHandle(own!);
  const [positions, frequencies] = rotation === undefined ? [] : others.splice(0, 2);
  return {
    batch: { ...batch, segments },
    rotation: rotation && { ...rotation, positions: positions!, frequencies: frequencies! },
    source: source && { ...source, states: states!, segments: source.segments.withHandle(others[0]!) },
  };
}
