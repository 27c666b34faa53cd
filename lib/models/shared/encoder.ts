import { embeddings, type FusedDropoutOptions } from '../../ops/index.js';
import { Embedding } from '../../nn/embedding.js';
import type { ParameterInit } from '../../nn/init.js';
import { Linear } from '../../nn/linear.js';
import { joinName, Module } from '../../nn/module.js';
import { LayerNorm } from '../../nn/norm.js';
import { checkpoint } from '../../autograd/checkpoint.js';
import { defaultGenerator, type Generator } from '../../tensor/random.js';
import type { Tensor } from '../../tensor/tensor.js';
import { ConfigError } from '../../util/errors.js';
import type { Activation } from './activations.js';
import { type Pass, SelfAttention } from './attention.js';
import type { Geometry, TokenBatch } from './batch.js';

/** Sizes and rates of a post-norm encoder, whatever its family calls them. @internal */
export interface EncoderSpec extends Geometry {
  intermediateSize: number;
  layers: number;
  heads: number;
  activation: Activation;
  eps: number;
  hiddenDropout: number;
  /** Of the projection after attention; `hiddenDropout` when absent. */
  projectionDropout?: number;
  attentionDropout: number;
  initializerRange: number;
  padTokenId: number | null;
  /** Makes new position embeddings; normally distributed when absent. */
  positionValues?: () => Float32Array;
}

/** A family's checkpoint names of the encoder's parts. @internal */
export interface EncoderNames {
  encoder: { embeddings: string; layers: string };
  embeddings: { words: string; positions: string; types?: string; norm: string };
  layer: { attention: string; projection: string; attentionNorm: string; up: string; down: string; outputNorm: string };
  parts: readonly [query: string, key: string, value: string];
}

/** Everything an encoder gives, for packed tokens. @internal */
export interface Encoded {
  lastHiddenState: Tensor; // (T, C)
  /** The embeddings, then each layer's output: (T, C) each. */
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

function dropoutOf({ training }: Module, p: number, generator: Generator | undefined): FusedDropoutOptions {
  return training ? { dropout: p, ...(generator && { generator }) } : {};
}

/** Words + positions (+ token types), normed, with dropout. @internal */
export class EncoderEmbeddings extends Module {
  readonly words: Embedding;
  readonly positions: Embedding;
  readonly types?: Embedding;
  readonly norm: LayerNorm;
  readonly #spec: EncoderSpec;

  constructor(spec: EncoderSpec, names: EncoderNames, init: ParameterInit) {
    super();
    const { hiddenSize, initializerRange: std, padTokenId } = spec;
    const padding = padTokenId === null ? {} : { paddingIdx: padTokenId };
    this.words = new Embedding(spec.vocabSize, hiddenSize, { init, std, ...padding });
    this.positions = new Embedding(spec.maxPositions, hiddenSize, { init: positionInit(spec, init), std });
    if (spec.typeVocabSize > 0) this.types = new Embedding(spec.typeVocabSize, hiddenSize, { init, std });
    this.norm = new LayerNorm(hiddenSize, { eps: spec.eps, init });
    this.paths = { ...names.embeddings };
    this.#spec = spec;
  }

  get wordsName(): string {
    return this.paths['words']!;
  }

  /** @returns (T, C) */
  override forward({ ids, embeds, positions, types }: TokenBatch, generator: Generator | undefined): Tensor {
    const tables = {
      words: embeds === undefined ? this.words.rows(ids!) : { table: embeds },
      positions: this.positions.rows(positions),
      types: this.types?.rows(types!),
    };
    const norm = { gamma: this.norm.weight, beta: this.norm.bias, eps: this.norm.eps };
    return embeddings(tables, { norm, ...dropoutOf(this, this.#spec.hiddenDropout, generator) });
  }
}

function positionInit({ positionValues }: EncoderSpec, init: ParameterInit): ParameterInit {
  if (positionValues === undefined) return init;
  return {
    normal: (shape) => init.values(shape, positionValues),
    constant: (shape, value) => init.constant(shape, value),
    values: (shape, make) => init.values(shape, make),
  };
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
    const { activation, hiddenDropout, projectionDropout = hiddenDropout } = this.#spec;
    const { context, attentions } = this.attention.forward(x, pass);
    const dropped = (p: number) => dropoutOf(this, p, pass.generator);
    const attended = this.attentionNorm.forward(this.projection.forward(context), x, dropped(projectionDropout));
    const contracted = this.down.forward(this.up.forward(attended, { activation }));
    const hidden = this.outputNorm.forward(contracted, attended, dropped(hiddenDropout));
    return attentions === undefined ? { hidden } : { hidden, attentions };
  }
}

/** Embeddings and a stack of layers: BERT and its relatives. @internal */
export class Encoder extends Module {
  readonly embeddings: EncoderEmbeddings;
  readonly layers: EncoderLayer[];
  readonly spec: EncoderSpec;
  /** Whether training computes layers again in the backward pass in place of keeping what their gradients need. */
  checkpointsGradients = false;

  constructor(spec: EncoderSpec, names: EncoderNames, init: ParameterInit) {
    super();
    checkSpec(spec);
    this.embeddings = new EncoderEmbeddings(spec, names, init);
    this.layers = Array.from({ length: spec.layers }, () => new EncoderLayer(spec, names, init));
    this.paths = { ...names.encoder };
    this.spec = spec;
  }

  /** Checkpoint name of the word embeddings. */
  get wordsName(): string {
    const [path, name] = [this.paths['embeddings']!, this.embeddings.wordsName];
    return joinName(path, name, 'weight');
  }

  override forward(batch: TokenBatch, options: EncodeOptions = {}): Encoded {
    const { generator, withHiddenStates = false, withAttentions = false } = options;
    const pass: Pass = { batch, generator, withAttentions };
    let hidden = this.embeddings.forward(batch, generator);
    const hiddenStates = [hidden];
    const attentions: Tensor[] = [];
    for (const layer of this.layers) {
      const out = this.#runLayer(layer, hidden, pass);
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
    const parameters = layer.parameters();
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

function checkSpec({ hiddenSize, heads, padTokenId, vocabSize }: EncoderSpec): void {
  if (hiddenSize % heads !== 0)
    throw new ConfigError(`config: the number of heads must divide the hidden size, got ${heads} and ${hiddenSize}`, {
      heads,
      hiddenSize,
    });
  if (padTokenId !== null && padTokenId >= vocabSize)
    throw new ConfigError(`config: the padding token must lie in the vocabulary of ${vocabSize}, got ${padTokenId}`, {
      padTokenId,
      vocabSize,
    });
}
