import { combineRows } from '../data/batches/combine_windows.js';
import { AutoModel, type BaseModel, type ModelInputs, type Pooling } from '../models/index.js';
import { poolStates, POOLINGS, SHORTEST } from '../models/sentence_embeddings.js';
import { Segments } from '../tensor/segments.js';
import type { Tensor } from '../tensor/tensor.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { type ComputedRow, type Job, Pipeline, type PipelineParts } from './base.js';
import type { PipelineTask } from './loading.js';
import { CALL_OPTIONS, type CallOptions } from './options.js';
import { readSentenceFolder, sentenceNeed, type SentenceSettings } from './sentence_folder.js';
import type { EncodedRow } from './texts/text_encoder.js';
import type { Inputs, TextInput } from './texts/text_input.js';

/** How token states become a text's embedding; `none` leaves them as they are. */
export type FeaturePooling = Pooling | 'none';

/** Options of a call of a {@link FeatureExtractionPipeline}. */
export interface FeatureExtractionOptions extends CallOptions {
  /** What a folder of sentence-transformers states, else `none`. With `stride`, a text's windows count by their length. */
  pooling?: FeaturePooling | undefined;
  /** Whether embeddings get length 1; what a folder of sentence-transformers states, else false. */
  normalize?: boolean | undefined;
}

/** The features of a text: an embedding (C), or without pooling one for each of its tokens. */
export type Features = Float32Array | Float32Array[];

const OPTION_NAMES = [...CALL_OPTIONS, 'pooling', 'normalize'];
/** @internal */
export const FEATURE_POOLINGS: readonly FeaturePooling[] = ['none', ...POOLINGS];

/** Turns texts, or pairs of texts, into vectors. Made by `pipeline("feature-extraction", ...)`. */
export class FeatureExtractionPipeline extends Pipeline<BaseModel> {
  readonly #settings: SentenceSettings | undefined;

  /** @internal */
  constructor(parts: PipelineParts<BaseModel>, settings?: SentenceSettings) {
    super(parts);
    this.#settings = settings;
  }

  /** What calls that name none take. */
  get pooling(): FeaturePooling {
    return this.#settings?.pooling ?? 'none';
  }

  protected override call_(inputs: Inputs<TextInput>, options: FeatureExtractionOptions = {}): unknown {
    const { maxLength } = this.#settings ?? {};
    const limited = maxLength === undefined ? options : { ...options, maxLength: options.maxLength ?? maxLength };
    return this.run(inputs, limited, () => this.#jobOf(options));
  }

  protected override forward(inputs: ModelInputs, rows: readonly EncodedRow[]) {
    const { lastHiddenState: states } = this.model.forward({ ...inputs, returns: ['lastHiddenState'] });
    const segments = Segments.fromLengths(Array.from(inputs.lengths!), this.model.device);
    const wanted = new Set(rows.map(({ wants }) => wants as FeaturePooling));
    const featuresOf = (pooling: FeaturePooling): Tensor =>
      pooling === 'none' ? states : poolStates(states, segments, pooling);
    return Object.fromEntries(Array.from(wanted, (pooling) => [pooling, featuresOf(pooling)]));
  }

  #jobOf(options: FeatureExtractionOptions): Job<TextInput, Features> {
    const where = this.task;
    checkOptionNames(where, options, OPTION_NAMES);
    const { pooling = this.pooling, normalize = this.#settings?.normalize ?? false } = options;
    if (!FEATURE_POOLINGS.includes(pooling)) {
      const rule = `pooling must be one of ${FEATURE_POOLINGS.join(', ')}`;
      throw new ConfigError(`${where}: ${rule}, got ${String(pooling)}`, { pooling });
    }
    if (typeof normalize !== 'boolean')
      throw new ConfigError(`${where}: normalize must be true or false, got ${String(normalize)}`, { normalize });
    if (pooling === 'none' && options.stride !== undefined)
      throw new ConfigError(`${where}: windows are for embeddings of texts and need a pooling, got none`, { pooling });
    const finish = (vector: Float32Array): Float32Array => (normalize ? unit(vector) : vector);
    const { hiddenSize } = this.model.encoder.spec;
    const resultOf = (rows: readonly ComputedRow[]): Features => {
      const windows = rows.map(({ values }) => values[pooling]!);
      if (pooling !== 'none') {
        const weights = rows.map(({ row }) => row.newTokens);
        return finish(Float32Array.from(combineRows(windows, pooling === 'max' ? 'max' : 'length', weights)));
      }
      const states = windows[0]!;
      const tokens = states.length / hiddenSize;
      return Array.from({ length: tokens }, (_, t) => finish(states.slice(t * hiddenSize, (t + 1) * hiddenSize)));
    };
    return { resultOf, wants: pooling };
  }
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.max(Math.hypot(...vector), SHORTEST);
  return vector.map((value) => value / norm);
}

/**
 * Calling a {@link FeatureExtractionPipeline}: one text or pair gives its features, a list the features of each. A stream
 * of texts, anything that can be iterated, gives a stream of the same in their order.
 */
export interface FeatureExtractionPipeline {
  (input: TextInput, options: FeatureExtractionOptions & { pooling: Pooling }): Promise<Float32Array>;
  (inputs: readonly TextInput[], options: FeatureExtractionOptions & { pooling: Pooling }): Promise<Float32Array[]>;
  (input: TextInput, options?: FeatureExtractionOptions): Promise<Features>;
  (inputs: readonly TextInput[], options?: FeatureExtractionOptions): Promise<Features[]>;
  (
    inputs: AsyncIterable<TextInput> | Iterable<TextInput>,
    options: FeatureExtractionOptions & { pooling: Pooling },
  ): AsyncGenerator<Float32Array, void, undefined>;
  (
    inputs: AsyncIterable<TextInput> | Iterable<TextInput>,
    options?: FeatureExtractionOptions,
  ): AsyncGenerator<Features, void, undefined>;
}

/** What `pipeline` needs to know of this task. @internal */
export const featureExtraction: PipelineTask<BaseModel, FeatureExtractionPipeline, SentenceSettings> = {
  head: 'base',
  loadModel: (folder, options) => AutoModel.fromPretrained(folder, options),
  settingsNeed: sentenceNeed,
  readSettings: readSentenceFolder,
  Pipeline: FeatureExtractionPipeline,
};
