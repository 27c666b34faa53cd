import { loadCheckpoint } from '../../io/checkpoint.js';
import type { ParameterInit } from '../../nn/init.js';
import { Module } from '../../nn/module.js';
import type { DType } from '../../tensor/dtype.js';
import { Generator } from '../../tensor/random.js';
import { DisposedError } from '../../util/errors.js';
import type { ModelConfig } from '../config.js';
import { makeBatch, type TokenBatch, unpack } from './batch.js';
import type { Encoded, Encoder } from './encoder.js';
import { checkInputNames, type ModelInputs, type OutputName } from './inputs.js';
import { type AnyModelOutput, ModelOutput, wantedOutputs } from './outputs.js';
import { saveModel, type SavePretrainedOptions } from './save.js';
import { type SharedModel, shareModel, unshareModel } from './share.js';

/** What loading a checkpoint had to make up or leave out. */
export interface LoadReport {
  /** Parameters the checkpoint lacked, or that got another number of labels: newly initialised. */
  newWeights: string[];
  /** Tensors of the checkpoint that the model has no place for. */
  unexpected: string[];
}

/** What a head may read of a pass. @internal */
export interface HeadPass {
  batch: TokenBatch;
  inputs: ModelInputs;
  wants(name: OutputName): boolean;
}

/**
 * Base of all models: a config, an encoder of packed tokens and a head.
 * Models come from {@link AutoModel} and its relatives, or from a config and a seed.
 */
export abstract class PreTrainedModel<Config extends ModelConfig = ModelConfig> extends Module {
  /** The encoder below the head. @internal */
  abstract readonly encoder: Encoder;
  /** Random numbers of dropout; the device's default generator when undefined. */
  generator: Generator | undefined;
  /** What loading had to make up; undefined for a model that was not loaded. */
  loadReport: LoadReport | undefined;
  readonly config: Config;

  constructor(config: Config) {
    super();
    this.config = config;
  }

  /**
   * Runs the model on a batch.
   * @throws DataError, ShapeError, DeviceError, UnsupportedOpError for inputs the model cannot take
   */
  abstract override forward(inputs: ModelInputs): AnyModelOutput;

  /** Class name in Hugging Face's files, `BertForMaskedLM`. */
  get architecture(): string {
    return this.constructor.name;
  }

  /** Where the parameters lie. */
  get device(): string {
    return this.#anyParameter.device;
  }

  /** Element type of the parameters. */
  get dtype(): DType {
    return this.#anyParameter.dtype;
  }

  /**
   * Writes `config.json` and `model.safetensors`, which Python transformers loads unchanged. Files are replaced whole.
   * @throws CheckpointError when the folder cannot be written
   */
  savePretrained(folder: string, options: SavePretrainedOptions = {}): Promise<void> {
    return saveModel(this, folder, options);
  }

  /**
   * Replaces the weights by those of a folder that holds exactly this model's, as `savePretrained` writes them.
   * @throws CheckpointError (fields `missing`, `unexpected`) or ShapeError when they are not
   */
  async loadPretrainedWeights(folder: string): Promise<void> {
    const { device, dtype } = this;
    const loaded = await loadCheckpoint(folder, { device, dtype });
    try {
      this.loadStateDict(loaded);
    } finally {
      for (const tensor of loaded.values()) tensor.dispose();
    }
  }

  /** Gives dropout random numbers of its own, from a seed. */
  seedDropout(seed: number): void {
    if (this.generator === undefined) this.generator = new Generator(seed, this.device);
    else this.generator.seed = seed;
  }

  /**
   * Turns activation checkpointing on or off: in training, what a layer's gradient needs is computed again in the
   * backward pass in place of being kept. The gradients stay the same bit for bit. Returns itself.
   */
  checkpointGradients(on = true): this {
    this.encoder.checkpointsGradients = on;
    return this;
  }

  /**
   * A plain object that, posted to a worker thread, opens there as the same model on the same memory
   * ({@link fromShared}). Until {@link PreTrainedModel.unshare} or `dispose` the weights must not be trained.
   */
  share(): SharedModel {
    return shareModel(this);
  }

  /** Ends {@link PreTrainedModel.share}: threads that have opened the model keep it, others can no longer. */
  unshare(): void {
    unshareModel(this);
  }

  override dispose(): void {
    this.unshare();
    super.dispose();
  }

  get #anyParameter() {
    const parameter = this.encoder.embeddings.norm.weight;
    if (parameter.isDisposed) throw new DisposedError(`${this.architecture}: the model was disposed`);
    return parameter;
  }

  /** Whether the head reads column 0 of each row. @internal */
  protected get readsFirstColumn(): boolean {
    return false;
  }

  /** Other names under which checkpoints may hold a tensor: name -> other name. @internal */
  keyAliases(): Readonly<Record<string, string>> {
    return {};
  }

  /** The head's outputs. @internal */
  protected abstract head(encoded: Encoded, pass: HeadPass): ConstructorParameters<typeof ModelOutput>[0];

  /** Packs the inputs, runs the encoder and the head. @internal */
  protected run(inputs: ModelInputs): AnyModelOutput {
    checkInputNames(this.architecture, inputs);
    const { outputHiddenStates, outputAttentions } = inputs;
    const wants = wantedOutputs(this.architecture, inputs);
    const { device } = this;
    const batch = makeBatch(inputs, {
      where: this.architecture,
      device,
      readsFirstColumn: this.readsFirstColumn,
      ...this.encoder.spec,
    });
    const encoded = this.encoder.forward(batch, {
      generator: this.generator,
      withHiddenStates: outputHiddenStates,
      withAttentions: outputAttentions,
    });
    return new ModelOutput({
      ...this.head(encoded, { batch, inputs, wants }),
      hiddenStates: encoded.hiddenStates?.map((hidden) => unpack(hidden, batch.layout)),
      attentions: encoded.attentions,
    });
  }
}

/** What the constructor of a model class takes. @internal */
export type ModelClass<Config extends ModelConfig, Model extends PreTrainedModel> = new (
  config: Config,
  init?: ParameterInit,
) => Model;
