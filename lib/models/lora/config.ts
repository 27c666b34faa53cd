import { z } from 'zod';
import { didYouMean } from '../../util/did_you_mean.js';
import { ConfigError } from '../../util/errors.js';
import { chance, flag, integer, never, oneOf, parseFields, positive, text } from '../../util/fields.js';
import { shown } from '../../util/shown.js';
import { type CamelFields, camelCase, snakeCase } from '../../util/case_names.js';

/** Tasks as PEFT names them. */
const TASKS = ['SEQ_CLS', 'SEQ_2_SEQ_LM', 'CAUSAL_LM', 'TOKEN_CLS', 'QUESTION_ANS', 'FEATURE_EXTRACTION'] as const;

const MOST_RANK = 1 << 16;
const MOST_NAMES = 10_000;

function names() {
  const isName = (v: unknown): boolean => typeof v === 'string' && v !== '' && v.length <= 1000;
  const isList = (v: unknown) => Array.isArray(v) && v.length <= MOST_NAMES && v.every(isName);
  return z.custom<readonly string[]>(isList, 'must be a list of names');
}

/** A list of names, or an expression that whole names fit. */
function pattern() {
  return z.union([text({ min: 1 }), names()], 'must be a list of names, or an expression');
}

/** Numbers by an expression that the ends of names fit. */
function byPattern<T>(value: z.ZodType<T>, rule: string) {
  const isTable = (v: unknown) =>
    typeof v === 'object' &&
    v !== null &&
    !Array.isArray(v) &&
    Object.keys(v).length <= MOST_NAMES &&
    Object.values(v).every((item) => value.safeParse(item).success);
  return z.custom<Readonly<Record<string, T>>>(isTable, `must be an object of ${rule}`);
}

const rank = integer({ max: MOST_RANK });

/** Fields by their names in adapter_config.json. */
const FIELDS = {
  r: rank.default(8),
  lora_alpha: positive().default(8),
  lora_dropout: chance().default(0),
  target_modules: pattern().nullish(),
  exclude_modules: pattern().nullish(),
  modules_to_save: names().nullish(),
  layers_to_transform: z
    .union([integer({ min: 0 }), z.array(integer({ min: 0 })).max(MOST_NAMES)], 'must be the indices of layers')
    .nullish(),
  layers_pattern: z.union([text({ min: 1 }), names()], 'must be names of lists of layers').nullish(),
  rank_pattern: byPattern(rank, 'ranks').default({}),
  alpha_pattern: byPattern(positive(), 'numbers above 0').default({}),
  use_rslora: flag().default(false),
  bias: oneOf('none', 'all').default('none'),
  init_lora_weights: z.union([z.boolean(), z.literal('gaussian')], 'must be true, false or gaussian').default(true),
  task_type: oneOf(...TASKS).nullish(),
  base_model_name_or_path: text({ max: 4096 }).nullish(),
  revision: text({ max: 250 }).nullish(),
};

/** Fields of PEFT for what is not here: they must have the value that leaves it out. */
const ABSENT = {
  use_dora: never().nullish(),
  use_qalora: never().nullish(),
  use_bdlora: never().nullish(),
  lora_bias: never().nullish(),
  layer_replication: z.null('must be null').optional(),
  target_parameters: z.null('must be null').optional(),
  trainable_token_indices: z.null('must be null').optional(),
  alora_invocation_tokens: z.null('must be null').optional(),
};

type Fields = CamelFields<z.infer<z.ZodObject<typeof FIELDS>>>;

/** What {@link LoraConfig} takes: PEFT's fields in camelCase. */
export type LoraConfigInit = { [Name in keyof Fields]?: Fields[Name] | undefined };

/**
 * What is adapted and how, with PEFT's names and defaults in camelCase: `r`, `loraAlpha`, `loraDropout`,
 * `targetModules` (ends of layers' names, one expression, or `all-linear`; by default the projections to queries and
 * values), `modulesToSave` (trained and saved whole; by default the head of a model that has a new one) ...
 *
 * @example
 * ```ts
 * import { LoraConfig } from 'gridstride';
 * const config = new LoraConfig({ r: 8, loraAlpha: 16, loraDropout: 0.05, targetModules: ['query', 'value'] });
 * console.log(config.toJson()['lora_alpha'], config.useRslora); // 16 false
 * ```
 */
export class LoraConfig {
  readonly r!: number;
  /** The update is scaled by this over the rank. */
  readonly loraAlpha!: number;
  readonly loraDropout!: number;
  readonly targetModules: Fields['targetModules'];
  readonly excludeModules: Fields['excludeModules'];
  readonly modulesToSave: Fields['modulesToSave'];
  /** Indices of the layers that are adapted; all by default. */
  readonly layersToTransform: Fields['layersToTransform'];
  readonly layersPattern: Fields['layersPattern'];
  /** Ranks of their own, by expressions that ends of names fit. */
  readonly rankPattern!: Fields['rankPattern'];
  readonly alphaPattern!: Fields['alphaPattern'];
  /** Scales by the rank's root in place of the rank (arXiv 2312.03732). */
  readonly useRslora!: boolean;
  /** Whether biases are trained and saved too. */
  readonly bias!: 'none' | 'all';
  readonly initLoraWeights!: boolean | 'gaussian';
  readonly taskType: Fields['taskType'];
  /** What the adapter was trained on; filled in when it is saved. */
  readonly baseModelNameOrPath: Fields['baseModelNameOrPath'];
  /** Of the base model, where that is on the hub. */
  readonly revision: Fields['revision'];

  /** @throws ConfigError for a field that is unknown or breaks its rule */
  constructor(init: LoraConfigInit = {}) {
    const where = 'LoraConfig';
    if (typeof init !== 'object' || init === null)
      throw new ConfigError(`${where}: the fields must be an object, got ${shown(init)}`);
    const known = Object.keys(FIELDS).map(camelCase);
    for (const name of Object.keys(init)) {
      if (known.includes(name)) continue;
      throw new ConfigError(`${where}: a field must be one of PEFT's, got ${name}${didYouMean(name, known)}`, {
        field: name,
      });
    }
    const snake = Object.entries(init).map(([name, value]) => [snakeCase(name), value] as const);
    this.#assign(where, Object.fromEntries(snake), camelCase);
  }

  /** From the object of an adapter_config.json. @throws ConfigError for another method, or a field that is not taken */
  static fromJson(json: Readonly<Record<string, unknown>>): LoraConfig {
    const where = 'adapter_config.json';
    if (typeof json !== 'object' || json === null || Array.isArray(json))
      throw new ConfigError(`${where}: must hold an object, got ${shown(json)}`);
    parseFields(where, { peft_type: oneOf('LORA'), ...ABSENT }, json);
    const config = new LoraConfig();
    config.#assign(where, json, (name) => name);
    return config;
  }

  /** The object of an adapter_config.json, as PEFT reads it; `saved` in place of the config's own fields. */
  toJson(saved: LoraConfigInit = {}): Record<string, unknown> {
    const all = { ...this, ...saved } as Readonly<Record<string, unknown>>;
    const fields = Object.keys(FIELDS).map((name) => [name, all[camelCase(name)] ?? null] as const);
    const fixed = { peft_type: 'LORA', inference_mode: true, fan_in_fan_out: false };
    const entries = [...Object.entries(fixed), ...fields].sort(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(entries);
  }

  #assign(where: string, json: Readonly<Record<string, unknown>>, nameOf: (field: string) => string): void {
    const values = parseFields(where, FIELDS, json, nameOf);
    for (const [name, value] of Object.entries(values)) Object.assign(this, { [camelCase(name)]: value ?? undefined });
  }
}
