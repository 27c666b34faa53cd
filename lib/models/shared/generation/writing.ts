import { noGrad } from '../../../autograd/tape.js';
import { GenerationConfig } from '../../../generate/config.js';
import { generate, type GenerateOutput } from '../../../generate/generate.js';
import type { GeneratingModel, Prompt, StepRow } from '../../../generate/model.js';
import type { GenerateOptions } from '../../../generate/options.js';
import { Scheduler } from '../../../generate/scheduler.js';
import { type GeneratedToken, streamTokens } from '../../../generate/stream.js';
import { reshape } from '../../../ops/index.js';
import { type Tensor, tidy } from '../../../tensor/tensor.js';
import { UnsupportedOpError } from '../../../util/errors.js';
import type { ModelConfig } from '../../config.js';
import type { CachedSequence, KeyValueCache } from '../cache/key_value_cache.js';
import { decoderPrompts, type PromptInputs, type PromptRules, sourcePrompts } from './prompts.js';

/** What `generate` of a model takes: inputs, and options. */
export interface GenerateInputs extends PromptInputs, GenerateOptions {}

/** What a model that writes has. */
export interface WritingModel {
  readonly architecture: string;
  readonly device: string;
  readonly config: ModelConfig;
  newCache(): KeyValueCache;
  /** The logits (B, 1, V) of the last token of each row. */
  forward(inputs: {
    inputIds?: readonly (readonly number[])[];
    attentionMask?: readonly (readonly number[])[];
    decoderInputIds?: readonly (readonly number[])[];
    pastKeyValues: readonly CachedSequence[];
    logitsToKeep: number;
    returns: readonly 'logits'[];
  }): { logits: Tensor };
}

/** Sizes of a model that writes. */
interface Sizes {
  isEncoderDecoder: boolean;
  vocabSize: number;
  longest: number;
  longestSource: number;
}

/** A model with a head that writes, as generation sees it. @internal */
export class Writing implements GeneratingModel {
  readonly isEncoderDecoder: boolean;
  readonly vocabSize: number;
  readonly longest: number;
  readonly #model: WritingModel;
  readonly #longestSource: number;
  readonly #scheduler = new Scheduler(this);
  #config: GenerationConfig | undefined;

  constructor(model: WritingModel, { isEncoderDecoder, vocabSize, longest, longestSource }: Sizes) {
    this.#model = model;
    this.isEncoderDecoder = isEncoderDecoder;
    this.vocabSize = vocabSize;
    this.longest = longest;
    this.#longestSource = longestSource;
  }

  get architecture(): string {
    return this.#model.architecture;
  }
  get device(): string {
    return this.#model.device;
  }

  /** That of the model's folder, else what its config says. */
  get generationConfig(): GenerationConfig {
    return (this.#config ??= GenerationConfig.fromModelConfig(this.#model.config.toJson()));
  }
  set generationConfig(config: GenerationConfig) {
    this.#config = config;
  }

  newCache(): KeyValueCache {
    return this.#model.newCache();
  }

  step(rows: readonly StepRow[]): Tensor {
    const pastKeyValues = rows.map(({ cache }) => cache as CachedSequence);
    const tokens = rows.map((row) => row.tokens);
    const asked = { pastKeyValues, logitsToKeep: 1, returns: ['logits'] as const };
    const inputs = this.isEncoderDecoder ? { ...sourcesOf(rows), decoderInputIds: tokens } : { inputIds: tokens };
    return noGrad(() =>
      tidy(() => reshape(this.#model.forward({ ...inputs, ...asked }).logits, [rows.length, this.vocabSize])),
    );
  }

  async generate(inputs: GenerateInputs): Promise<GenerateOutput<CachedSequence>> {
    const { prompts, options } = this.#read(inputs);
    const output = await generate({ model: this, scheduler: this.#scheduler }, prompts, options);
    return output as GenerateOutput<CachedSequence>;
  }

  stream(inputs: GenerateInputs): AsyncGenerator<GeneratedToken, void, undefined> {
    const { prompts, options } = this.#read(inputs);
    return streamTokens({ model: this, scheduler: this.#scheduler }, prompts, options);
  }

  dispose(): void {
    this.#scheduler.dispose();
  }

  #read({ inputIds, attentionMask, decoderInputIds, ...options }: GenerateInputs): {
    prompts: Prompt[];
    options: GenerateOptions;
  } {
    const { architecture, vocabSize } = this;
    const rules: PromptRules = { architecture, vocabSize, longestSource: this.#longestSource };
    const inputs = { inputIds, attentionMask, decoderInputIds };
    if (!this.isEncoderDecoder) return { prompts: decoderPrompts(rules, inputs), options };
    const { decoderStartTokenId, bosTokenId } = { ...this.generationConfig, ...defined(options) };
    return { prompts: sourcePrompts(rules, inputs, decoderStartTokenId ?? bosTokenId), options };
  }
}

function defined(options: GenerateOptions): GenerateOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** What the encoder reads of rows that are new. */
function sourcesOf(rows: readonly StepRow[]) {
  const sources = rows.flatMap(({ source }) => source ?? []);
  if (rows[0]!.cache.length > 0) return {};
  const hasMask = sources.some(({ attentionMask }) => attentionMask !== undefined);
  const maskOf = ({ inputIds, attentionMask }: (typeof sources)[number]) => attentionMask ?? inputIds.map(() => 1);
  return {
    inputIds: sources.map(({ inputIds }) => inputIds),
    ...(hasMask && { attentionMask: sources.map(maskOf) }),
  };
}

/** What writes for a model. @throws UnsupportedOpError for one without such a head @internal */
export function writingOf({ architecture, writing }: { architecture: string; writing?: Writing }): Writing {
  if (writing !== undefined) return writing;
  throw new UnsupportedOpError(
    `${architecture}: a model must have a head that generates (AutoModelForCausalLM, AutoModelForSeq2SeqLM), got one without`,
    { architecture },
  );
}
