import { noGrad } from '../../../autograd/tape.js';
import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { linear, mul, reshape } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ModelConfig } from '../../config.js';
import { type TokenBatch, uploadBatch } from '../batch.js';
import { beginStep, type CachedStep } from '../cache/begin_step.js';
import { type CachedSequence, KeyValueCache } from '../cache/key_value_cache.js';
import type { StackOutput } from '../decoder/stack.js';
import { Writing } from '../generation/writing.js';
import { keptOutputs, keptRows, wantsAllLogits } from '../heads/kept_rows.js';
import { wordTargets } from '../heads/word_loss.js';
import type { HostArrays } from '../host_array.js';
import {
  type AnyModelOutput,
  type LossOf,
  type ModelOutput,
  type PastOf,
  type Seq2SeqOutputs,
  withCache,
} from '../outputs.js';
import type { HostPass, PassTensors } from '../pass.js';
import { tokenTargets } from '../targets.js';
import type { Seq2SeqFamily } from './family.js';
import { DECODER_INPUTS, type Seq2SeqInputs } from './inputs.js';
import { Seq2SeqModel, type Seq2SeqPass } from './model.js';

/** Outputs of a sequence-to-sequence language model. */
export interface Seq2SeqLMOutput<Loss = Tensor | undefined, Past = readonly CachedSequence[] | undefined>
  extends ModelOutput, Seq2SeqOutputs {
  logits: Tensor; // (B, S, V)
  loss: Loss;
  /** With a cache; `dispose` of the outputs leaves the sequences as they are. */
  readonly pastKeyValues: Past;
}

const OWN_INPUTS = [...DECODER_INPUTS, 'pastKeyValues', 'useCache', 'logitsToKeep'];

/** What to write, word by word, from a source. */
export abstract class Seq2SeqLM<Config extends ModelConfig = ModelConfig> extends Seq2SeqModel<Config> {
  /** Scores of the words, where they are not those of the decoder's own table. */
  readonly vocabulary?: Linear;
  /** Of the words' scores, never trained. */
  bias?: Tensor; // (1, V)

  /** @internal */
  constructor(family: Seq2SeqFamily<Config>, config: Config, init: ParameterInit) {
    super(family, family.prefix, config, init);
    const { hiddenSize, vocabSize, initializerRange, std } = this.decoder.spec;
    const options = { init, std: std?.words ?? initializerRange, bias: false };
    if (!config.tieWordEmbeddings) this.vocabulary = new Linear(hiddenSize, vocabSize, options);
    const { bias = '' } = family.words;
    if (bias !== '') this.bias = init.constant([1, vocabSize], 0).withGrad(false);
    this.paths = { ...this.paths, vocabulary: 'lm_head', bias };
    const { maxLength: longestSource } = this.encoder;
    this.writing = new Writing(this, {
      isEncoderDecoder: true,
      vocabSize,
      longest: this.decoder.maxLength,
      longestSource,
    });
  }

  /**
   * Labels are the words to write, -100 where none counts: the decoder's inputs are made of them where they are not
   * given, and what follows a row's last label takes no part. With `returns: ['loss']` only labelled tokens go through
   * the vocabulary. With `useCache` or `pastKeyValues` nothing takes a gradient.
   * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
   */
  override forward<Inputs extends Seq2SeqInputs>(inputs: Inputs): Seq2SeqLMOutput<LossOf<Inputs>, PastOf<Inputs>> {
    const { useCache = false, pastKeyValues } = inputs;
    const outputs = useCache || pastKeyValues !== undefined ? noGrad(() => this.#goOn(inputs)) : this.run(inputs);
    return outputs as Seq2SeqLMOutput<LossOf<Inputs>, PastOf<Inputs>>;
  }

  /**
   * An empty cache for sequences of this model, which callers may share.
   * @param options `pageSize`: tokens of a page; 16 by default
   */
  newCache(options: { pageSize?: number } = {}): KeyValueCache {
    const { layers, kvHeads, headSize } = this.decoder.spec;
    return KeyValueCache.of(this, { layers, kvHeads, headSize }, options, true);
  }

  override unfreeze(...prefixes: readonly string[]): this {
    super.unfreeze(...prefixes);
    this.bias?.withGrad(false);
    return this;
  }

  protected override get ownInputs(): readonly string[] {
    return OWN_INPUTS;
  }

  protected override get labelsAreWords(): boolean {
    return true;
  }

  /** @internal */
  override targets({ batch: { layout }, inputs, wants }: HostPass): HostArrays {
    const { labels, logitsToKeep } = inputs as Seq2SeqInputs;
    const where = this.architecture;
    const kept = keptRows(where, logitsToKeep, layout);
    if (labels === undefined || !wants('loss')) return kept;
    const all = tokenTargets(where, labels, layout, this.decoder.spec.vocabSize);
    return { ...kept, ...wordTargets(all, { wants: wantsAllLogits(wants, logitsToKeep) }, false) };
  }

  protected override head({ lastHiddenState }: StackOutput, { targets }: PassTensors, { wants }: HostPass) {
    return keptOutputs(lastHiddenState, targets, { wants }, (hidden) => this.#scores(hidden));
  }

  #scores(hidden: Tensor): Tensor {
    const factor = this.family.words.scale?.(this.config) ?? 1;
    const states = factor === 1 ? hidden : mul(hidden, factor);
    const table = this.vocabulary ?? this.decoder.embeddings.words;
    return linear(states, table.weight, this.bias && reshape(this.bias, [this.bias.size]));
  }

  /** A pass over the decoder's tokens that follow those of the cache; the source is read with the first of them. */
  #goOn(inputs: Seq2SeqInputs): AnyModelOutput {
    const { device } = this;
    const isNew = inputs.pastKeyValues === undefined || inputs.pastKeyValues.every(({ length }) => length === 0);
    const pass: HostPass & Partial<Seq2SeqPass> = isNew ? this.readPass(inputs) : this.readDecoder(inputs);
    const sequences = inputs.pastKeyValues ?? this.newCache().addAll(pass.batch.layout.batch);
    const step = beginStep({ ...placeOf(this), encoder: this.decoder }, sequences, pass);
    try {
      const batch = uploadBatch(step.batch, device);
      const outputs =
        pass.source === undefined
          ? this.#next(pass, step, batch)
          : this.#first({ ...pass, source: pass.source }, step, batch);
      step.commit();
      return withCache(outputs, sequences);
    } catch (error) {
      step.undo();
      throw error;
    }
  }

  #first(pass: Seq2SeqPass, step: CachedStep, batch: TokenBatch): AnyModelOutput {
    const { encoded, source } = this.encode(pass.source, pass);
    const cache = step.on(batch.segments, pass.source.layout.lengths);
    return Object.assign(this.decode({ ...batch, cache }, pass, source), this.encoderOutputs(encoded, pass));
  }

  #next(pass: HostPass, step: CachedStep, batch: TokenBatch): AnyModelOutput {
    return this.decode({ ...batch, cache: step.on(batch.segments) }, pass, undefined);
  }
}

function placeOf({ architecture, device, dtype }: Seq2SeqLM) {
  return { architecture, device, dtype };
}
