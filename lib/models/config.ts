import { z } from 'zod';
import type { DType } from '../tensor/dtype.js';
import { didYouMean } from '../util/did_you_mean.js';
import { ConfigError } from '../util/errors.js';
import { flag, oneOf, parseFields, real, text } from '../util/fields.js';
import { shown } from '../util/shown.js';
import { type CamelFields, camelCase, snakeCase } from '../util/case_names.js';
import { labelsOf, type LabelMaps, labelsToJson } from './labels.js';

const DTYPE_NAMES = { float32: 'f32', bfloat16: 'bf16', float16: 'f16', float64: 'f64' } as const;
const PROBLEM_TYPES = ['regression', 'single_label_classification', 'multi_label_classification'] as const;

/** What the labels of a sequence classifier are, as Hugging Face names it. */
export type ProblemType = (typeof PROBLEM_TYPES)[number];

/** Fields that configs of every family have, under their names in config.json. @internal */
export const commonFields = {
  architectures: z.array(text(), 'must be a list of class names').nullish(),
  problem_type: oneOf(...PROBLEM_TYPES).nullish(),
  tie_word_embeddings: flag().default(true),
  initializer_range: real({ max: 100 }).default(0.02),
};

/** Names read apart from a family's own fields. */
const LABEL_FIELDS = ['id2label', 'label2id', 'num_labels'];
const OWN_FIELDS = [...Object.keys(commonFields), ...LABEL_FIELDS, 'torch_dtype', 'dtype', 'model_type'];

/** How names are spelled in the values a config is made of: `hiddenSize` or, in files, `hidden_size`. */
export type Spelling = 'camel' | 'snake';

/** Fields that every config takes, in camelCase. */
export interface CommonConfig {
  architectures?: string[] | null | undefined;
  numLabels?: number | undefined;
  id2label?: Readonly<Record<number, string>> | undefined;
  label2id?: Readonly<Record<string, number>> | undefined;
  problemType?: ProblemType | null | undefined;
  tieWordEmbeddings?: boolean | undefined;
  initializerRange?: number | undefined;
  dtype?: DType | undefined;
}

/** What a family says about its config. @internal */
export interface ConfigSpec<Fields extends z.ZodRawShape> {
  modelType: string;
  /** The family's own fields under their names in config.json. */
  fields: Fields;
  /** Other names of fields, as Hugging Face's attribute maps have them: name -> field. */
  aliases?: Readonly<Record<string, string>>;
}

/** A family's own fields, all optional, in camelCase. */
export type OwnFields<Fields extends z.ZodRawShape> = Partial<CamelFields<z.infer<z.ZodObject<Fields>>>>;

/**
 * A model's config.json: sizes, rates and labels. Fields have Hugging Face's names in camelCase; what this library does
 * not know is kept for saving.
 */
export abstract class ModelConfig {
  readonly modelType: string;
  architectures: string[] | undefined;
  problemType: ProblemType | undefined;
  readonly tieWordEmbeddings: boolean;
  readonly initializerRange: number;
  /** Class names by index; `LABEL_0` ... when nobody named them. */
  readonly id2label: Readonly<Record<number, string>>;
  /** Class indices by name. */
  readonly label2id: Readonly<Record<string, number>>;
  /** The element type of the checkpoint, where it says. */
  dtype: DType | undefined;
  readonly #fieldNames: readonly string[];
  readonly #unknown: Readonly<Record<string, unknown>>;

  /** @internal */
  protected constructor(spec: ConfigSpec<z.ZodRawShape>, values: object, spelling: Spelling) {
    this.modelType = spec.modelType;
    const where = spelling === 'snake' ? 'config.json' : `${spec.modelType} config`;
    const raw = snakeNames(where, spec, values, spelling);
    const nameOf = spelling === 'snake' ? (name: string) => name : camelCase;
    const common = parseFields(where, commonFields, raw, nameOf);
    const own = parseFields(where, spec.fields, raw, nameOf);
    this.architectures = common.architectures ?? undefined;
    this.problemType = common.problem_type ?? undefined;
    this.tieWordEmbeddings = common.tie_word_embeddings;
    this.initializerRange = common.initializer_range;
    this.dtype = readDType(where, raw, 'dtype') ?? readDType(where, raw, 'torch_dtype');
    const labels: LabelMaps = labelsOf(where, raw);
    this.id2label = labels.id2label;
    this.label2id = labels.label2id;
    this.#fieldNames = Object.keys(spec.fields);
    for (const [name, value] of Object.entries(own)) Object.assign(this, { [camelCase(name)]: value });
    const known = new Set([...OWN_FIELDS, ...this.#fieldNames]);
    this.#unknown = Object.fromEntries(Object.entries(raw).filter(([name]) => !known.has(name)));
  }

  /** Number of classes. */
  get numLabels(): number {
    return Object.keys(this.id2label).length;
  }

  /** The object that config.json holds, with Hugging Face's names; `saved` says what the weights beside it are. */
  toJson(saved: { architectures?: readonly string[]; dtype?: DType } = {}): Record<string, unknown> {
    const own = this.#fieldNames.map((name) => [name, (this as Record<string, unknown>)[camelCase(name)]] as const);
    const { architectures = this.architectures, dtype: held = this.dtype } = saved;
    const dtype = Object.entries(DTYPE_NAMES).find(([, ours]) => ours === held)?.[0];
    return {
      ...(architectures && { architectures }),
      model_type: this.modelType,
      ...Object.fromEntries(own.filter(([, value]) => value !== undefined)),
      ...labelsToJson(this),
      initializer_range: this.initializerRange,
      ...(this.problemType && { problem_type: this.problemType }),
      ...(this.tieWordEmbeddings ? {} : { tie_word_embeddings: false }),
      // The older of two spellings: transformers v4 and v5 both read it.
      ...(dtype && { torch_dtype: dtype }),
      ...this.#unknown,
    };
  }
}

function readDType(where: string, raw: Readonly<Record<string, unknown>>, field: string): DType | undefined {
  const value = raw[field];
  if (value === undefined || value === null || value === 'auto') return undefined;
  const spelled = typeof value === 'string' ? value.replace(/^torch\./, '') : '';
  const known: Readonly<Record<string, DType>> = { ...DTYPE_NAMES, f32: 'f32', bf16: 'bf16', f16: 'f16', f64: 'f64' };
  const dtype = Object.hasOwn(known, spelled) ? known[spelled] : undefined;
  if (dtype !== undefined) return dtype;
  const rule = `${field} must be one of ${Object.keys(DTYPE_NAMES).join(', ')}`;
  throw new ConfigError(`${where}: ${rule}, got ${shown(value)}`, { field, value });
}

function snakeNames(
  where: string,
  spec: ConfigSpec<z.ZodRawShape>,
  values: object,
  spelling: Spelling,
): Record<string, unknown> {
  const aliases = new Map(Object.entries(spec.aliases ?? {}));
  const known = [...OWN_FIELDS, ...Object.keys(spec.fields), ...aliases.keys()];
  // Without a prototype: a file may name a field __proto__.
  const raw = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(values)) {
    const snake = spelling === 'snake' ? name : snakeCase(name);
    if (spelling === 'camel' && !known.includes(snake)) {
      const hint = didYouMean(snake, known).replace(/"(.*)"/, (_, found: string) => `"${camelCase(found)}"`);
      throw new ConfigError(`${where}: a field must be one of the family's, got ${name}${hint}`, { field: name });
    }
    if (value !== undefined) raw[aliases.get(snake) ?? snake] = value;
  }
  return raw;
}
