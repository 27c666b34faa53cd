import { HUB_OPTIONS, type HubOptions } from '../hub/settings.js';
import type { ModelDType, PreTrainedModel } from '../models/index.js';
import type { PreTrainedTokenizer } from '../tokenizers/index.js';
import { ConfigError } from '../util/errors.js';
import { integer, parseFields, real } from '../util/fields.js';
import type { EncodeSettings } from './texts/text_encoder.js';

/** How a pipeline shares its model between calls. */
export interface ServiceOptions {
  /** Most tokens computed at a time, of all callers together; 4,096 by default. A longer text is computed alone. */
  maxBatchTokens?: number | undefined;
  /**
   * Longest that a text waits for others to share its batch while nothing is computed, in milliseconds; 0 by default:
   * texts of one turn of the event loop go together, and while a batch is computed the next one gathers anyway.
   */
  maxWaitMs?: number | undefined;
  /**
   * Texts that may wait; 16,384 by default. A call beyond is refused with a QueueFullError. Further texts of a list or a
   * stream wait for their turn outside of the queue, and take up no more than half of it.
   */
  maxQueue?: number | undefined;
}

/** Where a pipeline's model goes, how it loads and how calls share it. */
export interface PipelineOptions extends ServiceOptions, HubOptions {
  /** `auto` (the default: a GPU that works, else the CPU), `cpu`, `cuda` or `cuda:1`. */
  device?: string | undefined;
  /** `auto` (the default): the checkpoint's own; `fastest`, `int8`: see {@link ModelDType}. */
  dtype?: ModelDType | undefined;
  /** Needed with a model that is loaded already; else the folder's own is used unless one is given. */
  tokenizer?: PreTrainedTokenizer | undefined;
  /** Stops the loading. */
  signal?: AbortSignal | undefined;
}

/** Options that every pipeline's call takes. */
export interface CallOptions {
  /** Cut texts to the model's limit; true by default. Without it a text that is too long is an error. */
  truncation?: boolean | undefined;
  /** Most tokens of a text or a window, special ones included; the model's limit by default. */
  maxLength?: number | undefined;
  /**
   * Tokens that a window repeats from the one before. Given, a text over `maxLength` is not cut: all of it is computed,
   * in windows.
   */
  stride?: number | undefined;
  /** Ends the call with an AbortError; what it shares batches with goes on. */
  signal?: AbortSignal | undefined;
}

/** Names of {@link CallOptions}. @internal */
export const CALL_OPTIONS = ['truncation', 'maxLength', 'stride', 'signal'] as const;

const SERVICE = {
  maxBatchTokens: integer().default(4096),
  maxWaitMs: real({ max: 60_000 }).default(0),
  maxQueue: integer().default(16_384),
};

/** {@link ServiceOptions} with their defaults. @internal */
export type ServiceSettings = Required<{ [Name in keyof ServiceOptions]: number }>;

/** @throws {ConfigError} An option is out of range. @internal */
export function serviceSettings({ maxBatchTokens, maxWaitMs, maxQueue }: ServiceOptions): ServiceSettings {
  return parseFields('pipeline', SERVICE, { maxBatchTokens, maxWaitMs, maxQueue });
}

/** Names of {@link PipelineOptions}. @internal */
export const PIPELINE_OPTIONS = ['device', 'dtype', 'tokenizer', 'signal', ...HUB_OPTIONS, ...Object.keys(SERVICE)];

/** What a task asks of its rows; `truncation` where a call does not turn it off. @internal */
export type RowNeeds = Partial<Pick<EncodeSettings, 'offsets' | 'words' | 'truncation'>>;

/** What limits rows: a task's name, and most tokens by model and tokenizer. */
interface RowLimits {
  task: string;
  model: PreTrainedModel;
  tokenizer: PreTrainedTokenizer;
}

/** Most tokens of a row. @internal */
export function longestRow({ model, tokenizer }: Omit<RowLimits, 'task'>): number {
  return Math.min(model.encoder.maxLength, tokenizer.modelMaxLength ?? Infinity);
}

/**
 * How the texts of a call are tokenized.
 * @throws {ConfigError} An option is out of range, or contradicts another.
 * @internal
 */
export function encodeSettings(
  { task, model, tokenizer }: RowLimits,
  { truncation, maxLength, stride }: CallOptions,
  needs: RowNeeds = {},
): EncodeSettings {
  const limit = longestRow({ model, tokenizer });
  const refuse = (name: string, rule: string, value: unknown): never => {
    throw new ConfigError(`${task}: ${name} must be ${rule}, got ${String(value)}`, { [name]: value });
  };
  if (truncation !== undefined && typeof truncation !== 'boolean') refuse('truncation', 'true or false', truncation);
  const length = maxLength ?? limit;
  if (!Number.isInteger(length) || length < 1 || length > limit)
    refuse('maxLength', `an integer from 1 to the model's ${limit}`, length);
  if (stride !== undefined && (!Number.isInteger(stride) || stride < 0 || stride >= length))
    refuse('stride', `an integer from 0 below maxLength ${length}`, stride);
  if (stride !== undefined && truncation === true)
    throw new ConfigError(`${task}: stride and truncation exclude each other, got ${stride} and true`, { stride });
  const { offsets = false, words = false } = needs;
  return { truncation: (truncation ?? true) && (needs.truncation ?? true), maxLength: length, stride, offsets, words };
}
