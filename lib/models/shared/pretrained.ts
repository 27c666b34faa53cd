import { isGradEnabled } from '../../autograd/tape.js';
import { loadCheckpoint } from '../../io/checkpoint.js';
import type { ParameterInit } from '../../nn/init.js';
import { Module } from '../../nn/module.js';
import { type Bucket, checkedBuckets } from '../../tensor/bucket.js';
import type { DType } from '../../tensor/dtype.js';
import { Generator } from '../../tensor/random.js';
import type { Tensor } from '../../tensor/tensor.js';
import { checkOptionNames } from '../../util/did_you_mean.js';
import { DisposedError } from '../../util/errors.js';
import type { GenerationConfig } from '../../generate/config.js';
import type { GenerateOutput } from '../../generate/generate.js';
import type { GeneratedToken } from '../../generate/stream.js';
import type { ModelConfig } from '../config.js';
import type { Adapter } from '../lora/adapter.js';
import type { LoraConfig } from '../lora/config.js';
import { loadAdapterWeights } from '../lora/files.js';
import { readBatch, sizeOf, uploadBatch } from './batch.js';
import type { Body } from './body.js';
import type { Encoded } from './encoder/encoder.js';
import type { CachedSequence } from './cache/key_value_cache.js';
import { type GenerateInputs, type Writing, writingOf } from './generation/writing.js';
import type { GlobalTokens } from './global_tokens.js';
import { upload } from './host_array.js';
import { checkInputNames, type ModelInputs } from './inputs.js';
import type { KeyAliases } from './load.js';
import { type AnyModelOutput, wantedOutputs } from './outputs.js';
import {
  callerOutputs,
  copyOutputs,
  type HeadOutputs,
  type HostPass,
  type PassOutputs,
  type PassTensors,
  type Targets,
} from './pass.js';
import { RecordedPasses } from './recorded_passes.js';
import { isInt8, refuseInt8 } from './int8.js';
import { saveModel, type SavePretrainedOptions } from './save.js';
import { type SharedModel, shareModel, unshareModel } from './share.js';

/** What loading a checkpoint had to make up or leave out. */
export interface LoadReport {
  /** Parameters the checkpoint lacked, or that got another number of labels: newly initialised. */
  newWeights: string[];
  /** Tensors of the checkpoint that the model has no place for. */
  unexpected: string[];
}

/** Options of `model.compile`. */
export interface CompileOptions {
  /** By default those of {@link PreTrainedModel.compile}; an empty list undoes it. */
  buckets?: readonly Bucket[] | undefined;
}

/** Tokens of the default buckets. */
const DEFAULT_TOKENS = [256, 512, 1024, 2048, 4096];
/** Sequences of a default bucket are so many times fewer. */
const TOKENS_PER_SEQUENCE = 8;

/**
 * Base of all models: a config, an encoder of packed tokens and a head.
 * Models come from {@link AutoModel} and its relatives, or from a config and a seed.
 */
export abstract class PreTrainedModel<Config extends ModelConfig = ModelConfig> extends Module {
  /** What turns tokens into states, below the head. @internal */
  abstract readonly encoder: Body;
  /** Random numbers of dropout; the device's default generator when undefined. */
  generator: Generator | undefined;
  #ownGenerator: Generator | undefined;
  /** What loading had to make up; undefined for a model that was not loaded. */
  loadReport: LoadReport | undefined;
  /** Where it was loaded from. @internal */
  origin: { source: string; revision: string | undefined } | undefined;
  /** Low-rank updates of its layers. @internal */
  adapter: Adapter | undefined;
  /** What writes, in models with a head that does. @internal */
  writing?: Writing;
  readonly config: Config;
  #buckets: readonly Bucket[] = [];
  #recorded: RecordedPasses<PassOutputs> | undefined;

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

  /** Element type of the parameters; of a model of 8-bit integers that of what passes between its layers. */
  get dtype(): DType {
    return this.isInt8 ? 'f32' : this.#anyParameter.dtype;
  }

  /** Whether the encoder's linear layers are 8-bit integers (`dtype: "int8"`): a model for inference alone. */
  get isInt8(): boolean {
    return isInt8(this);
  }

  /** Whether a head reads the words' table, too. @internal */
  get readsWordTable(): boolean {
    return false;
  }

  /**
   * Turns training mode on (or off). Returns itself.
   * @throws UnsupportedOpError for a model of 8-bit integers
   */
  override train(mode = true): this {
    if (mode) refuseInt8(`${this.architecture}.train`, this);
    return super.train(mode);
  }

  /**
   * Changes the element type of every parameter, in place. Returns itself.
   * @throws UnsupportedOpError for a model of 8-bit integers
   */
  override to(target: { dtype: DType }): this {
    refuseInt8(`${this.architecture}.to`, this);
    return super.to(target);
  }

  /** What its layers are adapted with; undefined for a model without an adapter. */
  get peftConfig(): LoraConfig | undefined {
    return this.adapter?.config;
  }

  /**
   * Writes `config.json` and `model.safetensors`, which Python transformers loads unchanged; of a model with an adapter
   * the adapter alone, in PEFT's files, beside `model_config.json`. Files are replaced whole.
   * @throws CheckpointError when the folder cannot be written, UnsupportedOpError for a model of 8-bit integers
   */
  savePretrained(folder: string, options: SavePretrainedOptions = {}): Promise<void> {
    return saveModel(this, folder, options);
  }

  /**
   * Replaces the weights by those of a folder that holds exactly this model's (or its adapter's), as `savePretrained`
   * writes them.
   * @throws CheckpointError (fields `missing`, `unexpected`) or ShapeError when they are not
   */
  async loadPretrainedWeights(folder: string): Promise<void> {
    const { adapter, device, dtype } = this;
    if (adapter !== undefined) return loadAdapterWeights(this, adapter, folder);
    const loaded = await loadCheckpoint(folder, { device, dtype });
    try {
      this.loadStateDict(loaded);
    } finally {
      for (const tensor of loaded.values()) tensor.dispose();
    }
  }

  /**
   * How it generates where a call says nothing else: its folder's `generation_config.json`.
   * @throws UnsupportedOpError for a model that does not generate
   */
  get generationConfig(): GenerationConfig {
    return writingOf(this).generationConfig;
  }
  set generationConfig(config: GenerationConfig) {
    writingOf(this).generationConfig = config;
  }

  /**
   * Writes on from prompts (causal language models), or from sources (encoder-decoders). Rows are written together with
   * those of every other call of the model, join and leave between steps, and have the same tokens as alone.
   * @returns rows of ids, each of its own length; of causal language models with the prompt
   * @throws ConfigError for options, DataError for inputs, UnsupportedOpError for a model without such a head, AbortError
   *
   * @example
   * ```ts
   * import { AutoModelForCausalLM, GPT2Config } from 'gridstride';
   * const config = new GPT2Config({ vocabSize: 20, nEmbd: 8, nLayer: 1, nHead: 2, eosTokenId: null });
   * const model = AutoModelForCausalLM.fromConfig(config, { seed: 1 });
   * const { sequences } = await model.generate({ inputIds: [[2, 7, 3], [4]], maxNewTokens: 5 });
   * console.log(sequences.map((row) => row.length)); // [ 8, 6 ]
   * ```
   */
  generate(inputs: GenerateInputs): Promise<GenerateOutput<CachedSequence>> {
    return Promise.resolve().then(() => writingOf(this).generate(inputs));
  }

  /**
   * {@link PreTrainedModel.generate} a token at a time; with `tokenizer` in the options each comes with the whole characters
   * it completes. Ending the iteration ends the call.
   * @throws as generate; ConfigError for beam search
   */
  generateStream(inputs: GenerateInputs): AsyncGenerator<GeneratedToken, void, undefined> {
    return writingOf(this).stream(inputs);
  }

  /** What a saved folder holds, by name; the caller disposes the handles. @internal */
  savedState(): Map<string, Tensor> {
    return this.stateDict();
  }

  /** Gives dropout random numbers of its own, from a seed. */
  seedDropout(seed: number): void {
    if (this.generator === undefined) this.generator = this.#ownGenerator = new Generator(seed, this.device);
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
   * Lets passes without gradients, and the Trainer's steps, be recorded once per bucket and replayed from then on: a
   * CUDA graph on a GPU, a list of ops without JavaScript on the CPU. A batch is padded to the smallest bucket that
   * holds it, which changes no result (but the random numbers of dropout, where it is on). Without a bucket, or with
   * `inputsEmbeds`, `outputHiddenStates`, `outputAttentions`, labels that only the device knows or a mask that hides a
   * first token that the model reads, a pass runs as before.
   *
   * By default a bucket each of 256, 512, 1,024, 2,048 and 4,096 tokens, with an eighth as many sequences of any length.
   * A bucket that was used keeps the memory of all that its pass computes, and padding is computed too: few buckets that
   * batches fill are best. Changes of the model (mode, parameters, element type, random numbers) drop recordings; new
   * values of parameters are simply seen. Returns itself.
   * @throws ConfigError for an unknown option, or a bucket that is none or longer than the model's positions
   *
   * @example
   * ```ts
   * import { AutoModel, BertConfig, noGrad } from 'gridstride';
   * const config = new BertConfig({ vocabSize: 20, hiddenSize: 8, numHiddenLayers: 1, numAttentionHeads: 2 });
   * const model = AutoModel.fromConfig(config, { device: 'cpu' }).eval();
   * model.compile({ buckets: [{ batch: 4, tokens: 32, maxLength: 16 }] });
   * const pass = (inputIds: number[][]) => noGrad(() => model.forward({ inputIds })).lastHiddenState;
   * pass([[2, 7, 3]]); // recorded
   * console.log(pass([[2, 8, 9, 3], [2, 3]]).shape); // [ 2, 4, 8 ]
   * ```
   */
  compile(options: CompileOptions = {}): this {
    checkOptionNames(`${this.architecture}.compile`, options, ['buckets']);
    const { maxLength } = this.encoder;
    const buckets = options.buckets ?? DEFAULT_TOKENS.map((tokens) => defaultBucket(tokens, maxLength));
    this.#buckets = checkedBuckets(`${this.architecture}.compile`, buckets, maxLength);
    this.#recorded?.dispose();
    this.#recorded = new RecordedPasses(this, this.#buckets, (outputs) => outputs);
    return this;
  }

  /**
   * What is done with the loss of each pass, recorded per bucket; undefined unless compiled. The caller disposes it.
   * @internal
   */
  recordSteps(step: (output: PassOutputs) => Tensor) {
    if (this.#buckets.length === 0) return undefined;
    const recorded = new RecordedPasses(this, this.#buckets, step);
    return {
      run: (inputs: ModelInputs) => recorded.run(this.readPass({ ...inputs, returns: ['loss'] })),
      dispose: () => recorded.dispose(),
    };
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
    this.writing?.dispose();
    this.#recorded?.dispose();
    this.encoder.dispose();
    this.#ownGenerator?.dispose();
    super.dispose();
  }

  /** The parameters below the head. @internal */
  bodyParameters(): Tensor[] {
    return this.encoder.parameters();
  }

  get #anyParameter() {
    const parameter = this.encoder.embeddings.words.weight;
    if (parameter.isDisposed) throw new DisposedError(`${this.architecture}: the model was disposed`);
    return parameter;
  }

  /** Whether the head reads column 0 of each row. @internal */
  protected get readsFirstColumn(): boolean {
    return false;
  }

  /** Which tokens the head lets see all others, in models whose tokens see a window. @internal */
  protected get globalTokens(): GlobalTokens {
    return 'none';
  }

  /** Names of inputs beside those of every model. @internal */
  protected get ownInputs(): readonly string[] {
    return [];
  }

  /** Other names under which checkpoints may hold a tensor: name -> other name. @internal */
  keyAliases(): KeyAliases {
    return {};
  }

  /** What the head's loss compares with; `isPadded` where the pass is for a bucket. @internal */
  targets(_pass: HostPass, _isPadded: boolean): Targets {
    return {};
  }

  /** The head's outputs. @internal */
  protected abstract head(encoded: Encoded, tensors: PassTensors, pass: HostPass): HeadOutputs;

  /** Checks and packs the inputs on the host. @internal */
  readPass(inputs: ModelInputs): HostPass {
    const { architecture: where, device, globalTokens } = this;
    const { spec } = this.encoder;
    checkInputNames(where, inputs, this.ownInputs);
    const wants = wantedOutputs(where, inputs);
    const readsFirstColumn = this.readsFirstColumn && spec.skipsHiddenFirst !== true;
    const target = { where, device, readsFirstColumn, globalTokens, ...spec };
    return { inputs, wants, batch: readBatch(inputs, target) };
  }

  /** The device's part of a pass: encoder and head. @internal */
  compute(tensors: PassTensors, pass: HostPass): PassOutputs {
    const { outputHiddenStates: withHiddenStates, outputAttentions: withAttentions } = pass.inputs;
    const { generator } = this;
    const encoded = this.encoder.forward(tensors.batch, { generator, withHiddenStates, withAttentions });
    const { hiddenStates, attentions } = encoded;
    return { ...this.head(encoded, tensors, pass), hiddenStates, attentions };
  }

  /** Packs the inputs, runs the encoder and the head, or replays them. @internal */
  protected run(inputs: ModelInputs): AnyModelOutput {
    const { device } = this;
    const pass = this.readPass(inputs);
    const { layout } = pass.batch;
    const replayed = isGradEnabled() ? undefined : this.#recorded?.run(pass);
    if (replayed !== undefined) return callerOutputs(copyOutputs(replayed, layout), layout);
    const targets = upload(this.targets(pass, false), sizeOf(layout), device) as PassTensors['targets'];
    return callerOutputs(this.compute({ batch: uploadBatch(pass.batch, device), targets }, pass), layout);
  }
}

function defaultBucket(tokens: number, maxLength: number): Bucket {
  return { tokens, batch: tokens / TOKENS_PER_SEQUENCE, maxLength: Math.min(tokens, maxLength) };
}

/** What the constructor of a model class takes. @internal */
export type ModelClass<Config extends ModelConfig, Model extends PreTrainedModel> = new (
  config: Config,
  init?: ParameterInit,
) => Model;
