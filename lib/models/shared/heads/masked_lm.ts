import type { ParameterInit } from '../../../nn/init.js';
import { Linear } from '../../../nn/linear.js';
import { joinName, Module } from '../../../nn/module.js';
import { LayerNorm } from '../../../nn/norm.js';
import { embedding, linear } from '../../../ops/index.js';
import { tensor } from '../../../tensor/create.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { ModelConfig } from '../../config.js';
import type { Activation } from '../encoder/activations.js';
import { uploadBatch } from '../batch.js';
import type { Encoded } from '../encoder/encoder.js';
import type { HostArrays } from '../host_array.js';
import type { ModelInputs } from '../inputs.js';
import type { KeyAliases } from '../load.js';
import type { EncoderOutputs, LossOf, ModelOutput } from '../outputs.js';
import type { HostPass, PassTensors } from '../pass.js';
import { tokenTargets } from '../targets.js';
import { EncoderModel, type Family } from './family.js';
import { wordOutputs, wordTargets } from './word_loss.js';

/** Outputs of a masked language model. */
export interface MaskedLMOutput<Inputs = ModelInputs> extends ModelOutput, EncoderOutputs {
  logits: Tensor; // (B, S, V)
  loss: LossOf<Inputs>;
}

/**
 * How a family predicts words: a linear layer, its activation, a norm, the vocabulary. The names stand in the order of
 * Python's parameters; `bias` is that of what holds the tied vocabulary's bias.
 * @internal
 */
export interface MaskedLMHead {
  names: { dense: string; norm: string; bias: string; decoder: string };
  activation: Activation;
  /** Whether the vocabulary's weights are the embeddings'; as the config says when absent. */
  isTied?: boolean;
}

/** The vocabulary's scores by the words' own embeddings. */
class TiedDecoder extends Module {
  bias: Tensor; // (V)

  constructor(vocabSize: number, init: ParameterInit) {
    super();
    this.bias = init.constant([vocabSize], 0);
  }

  /** @param x (T, E) @param table (V, E) @returns (T, V) */
  override forward(x: Tensor, table: Tensor): Tensor {
    return linear(x, table, this.bias);
  }
}

/** A word for each token, from its surroundings; the vocabulary's weights are the embeddings' unless untied. */
export abstract class MaskedLM<Config extends ModelConfig = ModelConfig> extends EncoderModel<Config> {
  readonly dense: Linear;
  readonly norm: LayerNorm;
  /** The tied vocabulary; checkpoints of untied BERT models hold it too, unused. */
  readonly bias?: TiedDecoder;
  readonly decoder?: Linear;
  readonly #family: Family<Config>;
  readonly #head: MaskedLMHead;

  /** @internal */
  constructor(family: Family<Config>, config: Config, init: ParameterInit) {
    super(family, config, init);
    const head = family.heads.words(config);
    const { hiddenSize, embeddingSize, vocabSize, eps, initializerRange: std } = this.encoder.spec;
    this.dense = new Linear(hiddenSize, embeddingSize, { init, std });
    this.norm = new LayerNorm(embeddingSize, { eps, init });
    const { isTied = config.tieWordEmbeddings } = head;
    if (isTied || head.names.bias !== head.names.decoder) this.bias = new TiedDecoder(vocabSize, init);
    if (!isTied) this.decoder = new Linear(embeddingSize, vocabSize, { init, std });
    this.paths = { ...this.paths, ...head.names };
    this.#family = family;
    this.#head = head;
  }

  /**
   * Labels are a word per token, -100 where none counts. With `returns: ['loss']` only labelled tokens go through the
   * vocabulary.
   * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
   */
  override forward<Inputs extends ModelInputs>(inputs: Inputs): MaskedLMOutput<Inputs> {
    return this.run(inputs) as MaskedLMOutput<Inputs>;
  }

  /**
   * The words' scores of some tokens alone, in place of those of all.
   * @param inputs a packed batch
   * @param tokens N places in it
   * @returns (N, V)
   * @internal
   */
  scoresAt(inputs: ModelInputs, tokens: Int32Array): Tensor {
    const { device, generator } = this;
    const { batch } = this.readPass(inputs);
    const { lastHiddenState } = this.encoder.forward(uploadBatch(batch, device), { generator });
    return this.#words(embedding(lastHiddenState, tensor(tokens, { device })));
  }

  /** @internal */
  override get readsWordTable(): boolean {
    return this.decoder === undefined;
  }

  /** @internal */
  override keyAliases(): KeyAliases {
    if (this.decoder !== undefined) return {};
    const { prefix, names } = this.#family;
    const { bias, decoder } = this.#head.names;
    const words = joinName(prefix, names.encoder.embeddings, names.embeddings.words, 'weight');
    return { [words]: `${decoder}.weight`, [`${bias}.bias`]: `${decoder}.bias` };
  }

  /** @internal */
  override targets({ batch, inputs: { labels }, wants }: HostPass, isPadded: boolean): HostArrays {
    if (labels === undefined || !wants('loss')) return {};
    const all = tokenTargets(this.architecture, labels, batch.layout, this.encoder.spec.vocabSize);
    return wordTargets(all, { wants }, isPadded);
  }

  protected override head({ lastHiddenState }: Encoded, { targets }: PassTensors, pass: HostPass) {
    const { loss, logits } = wordOutputs(lastHiddenState, targets, pass, (hidden) => this.#words(hidden));
    return { loss, perToken: { logits } };
  }

  #words(hidden: Tensor): Tensor {
    const { activation } = this.#head;
    const transformed = this.norm.forward(this.dense.forward(hidden, { activation }));
    if (this.decoder !== undefined) return this.decoder.forward(transformed);
    return this.bias!.forward(transformed, this.encoder.embeddings.words.weight);
  }
}
