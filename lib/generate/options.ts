import { camelCase, snakeCase } from '../util/case_names.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { checkedFields, GENERATION_FIELDS, type GenerationConfigFields } from './config.js';
import type { GeneratingModel } from './model.js';

/**
 * Changes the scores (V) of a row's next token: in place, or by returning others of the same length.
 * @param tokens the row so far, its prompt included
 */
export type LogitsProcessor = (tokens: readonly number[], scores: Float32Array) => Float32Array | void;

/** Whether a row ends with its last token. @param tokens the row so far, its prompt included */
export type StoppingCriterion = (tokens: readonly number[]) => boolean;

/** What turns ids into text: a tokenizer. */
export interface TokenDecoder {
  decode(ids: readonly number[], options?: { skipSpecialTokens?: boolean }): string;
}

/** Options of `generate`: any field of the generation config, and what belongs to a call. */
export interface GenerateOptions extends GenerationConfigFields {
  /**
   * Of the random numbers of sampling; by default a random one. Row r of a call has its own stream of the seed; with a list
   * each row has a seed of its own, and its tokens are those of a call with that row alone.
   */
  seed?: number | readonly number[] | undefined;
  /** Change scores after the options' own processors and before temperature, topK, topP, minP and typicalP. */
  logitsProcessors?: readonly LogitsProcessor[] | undefined;
  stoppingCriteria?: readonly StoppingCriterion[] | undefined;
  /** Needed with `stopStrings`, and for streams of text. */
  tokenizer?: TokenDecoder | undefined;
  /** Whether to return the scores (V) that each token was chosen from, after all processors. */
  outputScores?: boolean | undefined;
  /** Whether to return the scores (V) that the model gave for each token. */
  outputLogits?: boolean | undefined;
  /** Whether to return each row's part of the cache, which the caller then disposes. */
  returnCache?: boolean | undefined;
  /** Ends the call with an AbortError; others of the model go on. */
  signal?: AbortSignal | undefined;
}

/** Names of the options that are no fields of the generation config. @internal */
export const CALL_OPTIONS: readonly string[] = [
  'seed',
  'logitsProcessors',
  'stoppingCriteria',
  'tokenizer',
  'outputScores',
  'outputLogits',
  'returnCache',
  'signal',
];

/** Python's defaults. */
const DEFAULTS = {
  minLength: 0,
  doSample: false,
  temperature: 1,
  topK: 50,
  topP: 1,
  minP: 0,
  typicalP: 1,
  numBeams: 1,
  lengthPenalty: 1,
  earlyStopping: false as boolean | 'never',
  numReturnSequences: 1,
  repetitionPenalty: 1,
  noRepeatNgramSize: 0,
};
/** New tokens where nothing says how many. */
const DEFAULT_NEW_TOKENS = 20;

type Defaulted = typeof DEFAULTS;

/** A call's settings: its options, else the model's generation config, else Python's defaults. @internal */
export interface GenerationSettings
  extends Defaulted, Omit<GenerationConfigFields, keyof Defaulted>, Pick<GenerateOptions, 'tokenizer' | 'signal'> {
  /** Ids that end a row. */
  ends: readonly number[];
  seeds: number | readonly number[];
  logitsProcessors: readonly LogitsProcessor[];
  stoppingCriteria: readonly StoppingCriterion[];
  stops: readonly string[];
  outputScores: boolean;
  outputLogits: boolean;
  returnCache: boolean;
}

function checkFunctions(where: string, name: string, list: unknown): void {
  if (Array.isArray(list) && list.every((each) => typeof each === 'function')) return;
  throw new ConfigError(`${where}: ${name} must be a list of functions, got ${typeof list}`, { option: name });
}

function checkFlags(where: string, options: Readonly<Record<string, unknown>>): void {
  for (const name of ['outputScores', 'outputLogits', 'returnCache'])
    if (options[name] !== undefined && typeof options[name] !== 'boolean')
      throw new ConfigError(`${where}: ${name} must be true or false, got ${String(options[name])}`, { option: name });
}

function checkSeeds(where: string, seed: number | readonly number[]): void {
  for (const each of [seed].flat() as unknown[])
    if (!Number.isSafeInteger(each) || (each as number) < 0)
      throw new ConfigError(`${where}: seed must be whole numbers from 0 to 2^53 - 1, got ${String(each)}`, {
        seed: each,
      });
}

/** @throws ConfigError for options that contradict each other */
function checkTogether(where: string, settings: GenerationSettings): void {
  const refuse = (rule: string, fields: Record<string, unknown>): never => {
    const got = Object.entries(fields).map(([name, value]) => `${name} ${String(value)}`);
    throw new ConfigError(`${where}: ${rule}, got ${got.join(' and ')}`, fields);
  };
  const { numBeams, doSample, numReturnSequences, maxNewTokens, minNewTokens, maxLength, minLength } = settings;
  if (numBeams > 1 && doSample) refuse('beam search does not sample', { numBeams, doSample });
  if (!doSample && numReturnSequences > numBeams)
    refuse('numReturnSequences must be at most numBeams unless rows are sampled', { numReturnSequences, numBeams });
  if (minNewTokens !== undefined && maxNewTokens !== undefined && minNewTokens! > maxNewTokens!)
    refuse('minNewTokens must be at most maxNewTokens', { minNewTokens, maxNewTokens });
  if (maxNewTokens === undefined && maxLength !== undefined && minLength > maxLength!)
    refuse('minLength must be at most maxLength', { minLength, maxLength });
  if (settings.stops.length > 0 && typeof settings.tokenizer?.decode !== 'function')
    refuse('stopStrings needs a tokenizer', { tokenizer: settings.tokenizer });
  const { outputScores, outputLogits, returnCache } = settings;
  if (numBeams > 1 && (outputScores || outputLogits || returnCache))
    refuse('scores, logits and the cache are not returned by beam search', { numBeams });
}

/** @throws ConfigError for ids that the model has no word for */
function checkIds(where: string, { vocabSize }: GeneratingModel, settings: GenerationSettings): void {
  const { forcedBosTokenId, forcedEosTokenId, suppressTokens, beginSuppressTokens, badWordsIds } = settings;
  const lists = { forcedBosTokenId, forcedEosTokenId, suppressTokens, beginSuppressTokens, badWordsIds };
  for (const [name, list] of Object.entries(lists))
    for (const id of [list ?? []].flat(2))
      if (id >= vocabSize)
        throw new ConfigError(`${where}: ${name} must lie in the vocabulary of ${vocabSize}, got ${id}`, {
          option: name,
          id,
          vocabSize,
        });
}

/** The fields of a call that the generation config has, too, checked. */
function ownFields(where: string, options: Readonly<Record<string, unknown>>): GenerationConfigFields {
  const given = Object.entries(options).filter(
    ([name, value]) => value !== undefined && GENERATION_FIELDS.includes(name),
  );
  return checkedFields(where, Object.fromEntries(given.map(([name, value]) => [snakeCase(name), value])), camelCase);
}

/** A length that a call gives wins over one of the other kind in the model's generation config. */
function withoutOtherLengths(own: GenerationConfigFields, config: GenerationConfigFields): GenerationConfigFields {
  const { maxLength, maxNewTokens, minLength, minNewTokens, ...others } = config;
  const takesMax = own.maxLength === undefined && own.maxNewTokens === undefined;
  const takesMin = own.minLength === undefined && own.minNewTokens === undefined;
  return {
    ...others,
    ...(takesMax && {
      ...(maxLength !== undefined && { maxLength }),
      ...(maxNewTokens !== undefined && { maxNewTokens }),
    }),
    ...(takesMin && {
      ...(minLength !== undefined && { minLength }),
      ...(minNewTokens !== undefined && { minNewTokens }),
    }),
  };
}

/**
 * What a call is to do.
 * @throws ConfigError for an option that is unknown, breaks its rule, or contradicts another
 * @internal
 */
export function settingsOf(model: GeneratingModel, options: GenerateOptions): GenerationSettings {
  const where = `${model.architecture}.generate`;
  checkOptionNames(where, options, [...GENERATION_FIELDS, ...CALL_OPTIONS]);
  const { generationConfig } = model;
  generationConfig.checkSupported(where);
  const own = ownFields(where, options as Record<string, unknown>);
  const { logitsProcessors = [], stoppingCriteria = [], tokenizer, signal } = options;
  checkFunctions(where, 'logitsProcessors', logitsProcessors);
  checkFunctions(where, 'stoppingCriteria', stoppingCriteria);
  checkFlags(where, options as Record<string, unknown>);
  const seeds = options.seed ?? Math.floor(Math.random() * 2 ** 32);
  checkSeeds(where, seeds);
  const fields = { ...DEFAULTS, ...withoutOtherLengths(own, { ...generationConfig }), ...own } as Defaulted &
    GenerationConfigFields;
  const settings = {
    ...fields,
    ends: [fields.eosTokenId ?? []].flat(),
    seeds,
    logitsProcessors,
    stoppingCriteria,
    tokenizer,
    signal,
    stops: [fields.stopStrings ?? []].flat(),
    outputScores: options.outputScores ?? false,
    outputLogits: options.outputLogits ?? false,
    returnCache: options.returnCache ?? false,
  };
  checkTogether(where, settings);
  checkIds(where, model, settings);
  return settings;
}

/** Bounds of a row's length, its prompt included. @internal */
export interface LengthBounds {
  min: number;
  max: number;
}

/**
 * Bounds of a row with such a prompt; it ends where the model's positions do.
 * @throws ConfigError where nothing may be written
 * @internal
 */
export function boundsOf(
  { architecture, longest }: GeneratingModel,
  { maxLength, maxNewTokens, minLength, minNewTokens }: GenerationSettings,
  prompt: number,
): LengthBounds {
  const asked = maxNewTokens == null ? (maxLength ?? prompt + DEFAULT_NEW_TOKENS) : prompt + maxNewTokens;
  if (asked <= prompt)
    throw new ConfigError(
      `${architecture}.generate: maxLength must be above the prompt's ${prompt} tokens, got ${asked}`,
      { maxLength: asked, prompt },
    );
  const max = Math.min(asked, longest);
  const min = minNewTokens == null ? minLength : prompt + minNewTokens;
  if (minNewTokens != null && min > asked)
    throw new ConfigError(
      `${architecture}.generate: minNewTokens must leave room below ${asked} tokens, got ${minNewTokens}`,
      { minNewTokens, maxLength: asked },
    );
  return { min, max };
}
