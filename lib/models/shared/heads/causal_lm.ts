import { noGrad } from '../../../autograd/tape.js';
import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { joinName } from '../../../nn/module.js';
import { linear } from '../../../ops/index.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ModelConfig } from '../../config.js';
import { sizeOf, uploadBatch } from '../batch.js';
import { beginStep } from '../cache/begin_step.js';
import { type CachedSequence, KeyValueCache } from '../cache/key_value_cache.js';
import type { StackSpec } from '../decoder/spec.js';
import type { Encoded } from '../encoder/encoder.js';
import { Writing } from '../generation/writing.js';
import { type HostArrays, upload } from '../host_array.js';
import type { ModelInputs } from '../inputs.js';
import type { KeyAliases } from '../load.js';
import {
  type AnyModelOutput,
  type EncoderOutputs,
  type LossOf,
  type ModelOutput,
  type PastOf,
  withCache,
} from '../outputs.js';
import type { Layout } from '../pack.js';
import { callerOutputs, type HostPass, type PassTensors } from '../pass.js';
import { IGNORE_INDEX, tokenTargets } from '../targets.js';
import { type DecoderFamily, EncoderModel } from './family.js';
import { keptOutputs, keptRows, wantsAllLogits } from './kept_rows.js';
import { wordTargets } from './word_loss.js';

/** What `forward` of a causal language model takes. */
export interface CausalLMInputs extends ModelInputs {
  /** Sequences to go on from, one per row: the inputs are the tokens that follow. A new one is empty. */
  pastKeyValues?: readonly CachedSequence[] | undefined;
  /** Whether to return the sequences for the next call, in a cache of their own where none is given. */
  useCache?: boolean | undefined;
  /** Logits of so many tokens at the end of each sequence alone: (B, n, V), zeros where a sequence is shorter. */
  logitsToKeep?: number | undefined;
}

/** Outputs of a causal language model. */
export interface CausalLMOutput<Loss = Tensor | undefined, Past = readonly CachedSequence[] | undefined>
  extends ModelOutput, EncoderOutputs {
  logits: Tensor; // (B, S, V)
  loss: Loss;
  /** With a cache; `dispose` of the outputs leaves the sequences as they are. */
  readonly pastKeyValues: Past;
}

const OWN_INPUTS: readonly (keyof CausalLMInputs)[] = ['pastKeyValues', 'useCache', 'logitsToKeep'];

/** The next word of each token; the vocabulary's weights are the embeddings' where these are tied. */
export abstract class CausalLM<Config extends ModelConfig = ModelConfig> extends EncoderModel<Config> {
  readonly vocabulary?: Linear;
  readonly #words: string;

  /** @internal */
  constructor(family: DecoderFamily<Config>, config: Config, init: ParameterInit) {
    super(family, config, init);
    const { hiddenSize, vocabSize, initializerRange: std } = this.encoder.spec;
    if (!config.tieWordEmbeddings) this.vocabulary = new Linear(hiddenSize, vocabSize, { init, std, bias: false });
    this.paths = { ...this.paths, vocabulary: 'lm_head' };
    this.#words = joinName(family.prefix, family.names.stack.words ?? '', 'weight');
    const { maxLength: longest } = this.encoder;
    this.writing = new Writing(this, { isEncoderDecoder: false, vocabSize, longest, longestSource: longest });
  }

  /**
   * Labels are the tokens themselves, -100 where none counts: the model shifts them, within each sequence. With
   * `returns: ['loss']` only tokens before a label go through the vocabulary. With `useCache` or `pastKeyValues` nothing
   * takes a gradient; rotary positions that depend on the longest sequence then depend on the longest of the call.
   * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
   */
  override forward<Inputs extends CausalLMInputs>(inputs: Inputs): CausalLMOutput<LossOf<Inputs>, PastOf<Inputs>> {
    const { useCache = false, pastKeyValues } = inputs;
    const outputs = useCache || pastKeyValues !== undefined ? noGrad(() => this.#goOn(inputs)) : this.run(inputs);
    return outputs as CausalLMOutput<LossOf<Inputs>, PastOf<Inputs>>;
  }

  /**
   * An empty cache for sequences of this model, which callers may share.
   * @param options `pageSize`: tokens of a page; 16 by default
   */
  newCache(options: { pageSize?: number } = {}): KeyValueCache {
    const { layers, kvHeads, headSize } = this.encoder.spec as StackSpec;
    return KeyValueCache.of(this, { layers, kvHeads, headSize }, options);
  }

  protected override get ownInputs(): readonly string[] {
    return OWN_INPUTS;
  }

  /** @internal */
  override keyAliases(): KeyAliases {
    return this.vocabulary === undefined ? { [this.#words]: 'lm_head.weight' } : {};
  }

  /** @internal */
  override targets({ batch: { layout }, inputs, wants }: HostPass, isPadded: boolean): HostArrays {
    const { labels, logitsToKeep } = inputs as CausalLMInputs;
    const kept = keptRows(this.architecture, logitsToKeep, layout);
    if (labels === undefined || !wants('loss')) return kept;
    const all = shifted(tokenTargets(this.architecture, labels, layout, this.encoder.spec.vocabSize), layout);
    return { ...kept, ...wordTargets(all, { wants: wantsAllLogits(wants, logitsToKeep) }, isPadded) };
  }

  protected override head({ lastHiddenState }: Encoded, { targets }: PassTensors, { wants }: HostPass) {
    return keptOutputs(lastHiddenState, targets, { wants }, (hidden) => this.#scores(hidden));
  }

  #scores(hidden: Tensor): Tensor {
    if (this.vocabulary !== undefined) return this.vocabulary.forward(hidden);
    return linear(hidden, this.encoder.embeddings.words.weight);
  }

  /** A pass over the tokens that follow those of the cache. */
  #goOn(inputs: CausalLMInputs): AnyModelOutput {
    const { device } = this;
    const pass = this.readPass(inputs);
    const { layout } = pass.batch;
    const sequences = inputs.pastKeyValues ?? this.newCache().addAll(layout.batch);
    const step = beginStep(this, sequences, pass);
    try {
      const batch = uploadBatch(step.batch, device);
      const targets = upload(this.targets(pass, false), sizeOf(layout), device) as PassTensors['targets'];
      const cached = { ...batch, cache: step.on(batch.segments) };
      const outputs = callerOutputs(this.compute({ batch: cached, targets }, pass), layout);
      step.commit();
      return withCache(outputs, sequences);
    } catch (error) {
      step.undo();
      throw error;
    }
  }
}

/** To each token the label of the one in the next column, where that is of the same sequence. */
function shifted(labels: ReturnType<typeof tokenTargets>, { cells, width }: Layout) {
  const { values } = labels;
  const next = values.map((_, t) => {
    const follows = cells[t + 1] === cells[t]! + 1 && cells[t + 1]! % width !== 0;
    return follows ? values[t + 1]! : IGNORE_INDEX;
  });
  return { ...labels, values: next };
}
