import { z } from 'zod';
import { type CamelFields, camelCase, snakeCase } from '../util/case_names.js';
import { didYouMean } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { flag, integer, parseFields, positive, real } from '../util/fields.js';
import { shown } from '../util/shown.js';
import { tokenId, tokenIds } from '../util/token_ids.js';

const isId = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 0;
const isIds = (value: unknown): boolean => Array.isArray(value) && value.every(isId);

const idList = () => z.custom<number[]>(isIds, 'must be a list of token ids');
const words = () =>
  z.custom<number[][]>(
    (value) => Array.isArray(value) && value.length > 0 && value.every((word) => isIds(word) && word.length > 0),
    'must be lists of token ids, none of them empty',
  );
const stops = () =>
  z.custom<string | string[]>((value) => {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    return list.length > 0 && list.every((each) => typeof each === 'string' && each !== '' && each.length <= 1000);
  }, 'must be a text or a list of texts, none of them empty or over 1000 characters');

/** Fields of generation_config.json, under their names there; null is the same as absent. @internal */
export const generationFields = {
  max_length: integer().nullish(),
  max_new_tokens: integer().nullish(),
  min_length: integer({ min: 0 }).nullish(),
  min_new_tokens: integer({ min: 0 }).nullish(),
  do_sample: flag().nullish(),
  temperature: positive().nullish(),
  top_k: integer({ min: 0 }).nullish(),
  top_p: real({ max: 1 }).nullish(),
  min_p: real({ max: 1 }).nullish(),
  typical_p: real({ max: 1 }).nullish(),
  num_beams: integer({ max: 1 << 10 }).nullish(),
  length_penalty: real({ min: -1e3, max: 1e3 }).nullish(),
  early_stopping: z
    .custom<boolean | 'never'>(
      (value) => typeof value === 'boolean' || value === 'never',
      "must be true, false or 'never'",
    )
    .nullish(),
  num_return_sequences: integer({ max: 1 << 16 }).nullish(),
  repetition_penalty: positive().nullish(),
  no_repeat_ngram_size: integer({ min: 0 }).nullish(),
  bad_words_ids: words().nullish(),
  suppress_tokens: idList().nullish(),
  begin_suppress_tokens: idList().nullish(),
  forced_bos_token_id: tokenId().optional(),
  forced_eos_token_id: tokenIds().optional(),
  bos_token_id: tokenId().optional(),
  eos_token_id: tokenIds().optional(),
  pad_token_id: tokenId().optional(),
  decoder_start_token_id: tokenId().optional(),
  stop_strings: stops().nullish(),
};

/** Fields of Python's that change what is written and have no counterpart here, with the values that change nothing. */
const ABSENT: Readonly<Record<string, readonly unknown[]>> = {
  num_beam_groups: [1],
  diversity_penalty: [0],
  penalty_alpha: [],
  dola_layers: [],
  guidance_scale: [1],
  constraints: [],
  force_words_ids: [],
  sequence_bias: [],
  exponential_decay_length_penalty: [],
  epsilon_cutoff: [0],
  eta_cutoff: [0],
  top_h: [],
  encoder_repetition_penalty: [1],
  encoder_no_repeat_ngram_size: [0],
  watermarking_config: [],
  prompt_lookup_num_tokens: [],
};

type Fields = { [K in keyof typeof generationFields]: z.infer<(typeof generationFields)[K]> };

/** Names of the fields in camelCase. @internal */
export const GENERATION_FIELDS: readonly string[] = Object.keys(generationFields).map(camelCase);

/** Fields of a {@link GenerationConfig}: Hugging Face's names in camelCase. */
export type GenerationConfigFields = Partial<CamelFields<Fields>>;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field that is given
export interface GenerationConfig extends GenerationConfigFields {}

/** The given fields in camelCase, checked; absent and null ones left out, but for tokens that null takes away. @internal */
export function checkedFields(
  where: string,
  snake: Readonly<Record<string, unknown>>,
  nameOf: (field: string) => string = (field) => field,
): GenerationConfigFields {
  const parsed = parseFields(where, generationFields, snake, nameOf);
  return Object.fromEntries(
    Object.entries(parsed)
      .filter(([name, value]) => value !== undefined && (value !== null || name.endsWith('_token_id')))
      .map(([name, value]) => [camelCase(name), value]),
  );
}

/** The fields a caller gives, in the spelling of files. @throws ConfigError for a name that is none @internal */
export function callerFields(where: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  for (const [name, value] of given)
    if (!GENERATION_FIELDS.includes(name))
      throw new ConfigError(
        `${where}: a field must be one of generation_config.json's in camelCase, got ${name}${didYouMean(name, GENERATION_FIELDS)}`,
        { field: name, value },
      );
  return Object.fromEntries(given.map(([name, value]) => [snakeCase(name), value]));
}

/**
 * How a model generates where a call says nothing else: what `generation_config.json` holds. Fields have Hugging Face's
 * names in camelCase; what this library does not know is kept for saving.
 *
 * @example
 * ```ts
 * import { GenerationConfig } from 'gridstride';
 * const config = new GenerationConfig({ maxNewTokens: 40, numBeams: 4 });
 * console.log(config.toJson()); // { max_new_tokens: 40, num_beams: 4 }
 * ```
 */
// oxlint-disable-next-line no-unsafe-declaration-merging -- as above
export class GenerationConfig {
  readonly #unknown: Readonly<Record<string, unknown>>;

  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(fields: GenerationConfigFields = {}, unknown: Readonly<Record<string, unknown>> = {}) {
    const where = 'generation config';
    Object.assign(this, checkedFields(where, callerFields(where, fields as Record<string, unknown>), camelCase));
    this.#unknown = unknown;
  }

  /** @throws ConfigError naming the field that breaks its rule */
  static fromJson(json: unknown, where = 'generation_config.json'): GenerationConfig {
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new ConfigError(`${where}: must hold an object, got ${shown(json)}`);
    const known = checkedFields(where, json as Record<string, unknown>);
    const unknown = Object.entries(json).filter(([name]) => !Object.hasOwn(generationFields, name));
    return new GenerationConfig(known, Object.fromEntries(unknown));
  }

  /** What a config.json says of generation, as older checkpoints do. @internal */
  static fromModelConfig(json: Readonly<Record<string, unknown>>): GenerationConfig {
    const own = Object.entries(json).filter(([name]) => Object.hasOwn(generationFields, name));
    return GenerationConfig.fromJson(Object.fromEntries(own), 'config.json');
  }

  /** The object that generation_config.json holds. */
  toJson(): Record<string, unknown> {
    const own = Object.entries(this).map(([name, value]) => [snakeCase(name), value] as const);
    return { ...Object.fromEntries(own), ...this.#unknown };
  }

  /** @throws ConfigError for a field of Python's that would change what is written and cannot be followed @internal */
  checkSupported(where: string): void {
    for (const [name, neutral] of Object.entries(ABSENT)) {
      const value = this.#unknown[name];
      if (value === undefined || value === null || neutral.includes(value)) continue;
      throw new ConfigError(`${where}: ${name} of the generation config is not there, got ${shown(value)}`, {
        field: name,
        value,
      });
    }
  }
}
