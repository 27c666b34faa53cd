import { ConfigError } from '../util/errors.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { type CodecOptions, TRUNCATION } from './codec.js';
import type { BatchEncodeOptions } from './encoding.js';

/** How rows are padded. @internal */
export interface PaddingPlan {
  /** Undefined: to the longest row. */
  length: number | undefined;
  multipleOf: number;
  left: boolean;
}

/** Encode options, checked and with the tokenizer's defaults filled in. @internal */
export interface EncodePlan {
  codec: CodecOptions;
  padding: PaddingPlan | undefined;
  tokenTypeIds: boolean;
  attentionMask: boolean;
}

/** What a tokenizer says where the caller says nothing. @internal */
export interface EncodeDefaults {
  modelMaxLength: number | undefined;
  paddingSide: 'left' | 'right';
  truncationSide: 'left' | 'right';
  tokenTypeIds: boolean;
  /** The id of the language token, 0 where templates have none. */
  language: number;
}

const OPTION_NAMES = [
  'addSpecialTokens',
  'padding',
  'truncation',
  'maxLength',
  'padToMultipleOf',
  'paddingSide',
  'truncationSide',
  'returnTokenTypeIds',
  'returnAttentionMask',
  'returnOffsetsMapping',
  'returnSpecialTokensMask',
  'returnWordIds',
  'returnOverflowingTokens',
  'stride',
  'textPair',
  'textTarget',
  'asTarget',
  'typedArrays',
  'signal',
] as const;

const MAX_LENGTH = 2 ** 30;

const TRUNCATIONS = new Map<unknown, CodecOptions['truncation']>([
  [true, TRUNCATION.longestFirst],
  ['longest_first', TRUNCATION.longestFirst],
  ['only_first', TRUNCATION.onlyFirst],
  ['only_second', TRUNCATION.onlySecond],
  [false, TRUNCATION.none],
  ['do_not_truncate', TRUNCATION.none],
]);

function refuse(option: string, rule: string, value: unknown): never {
  throw new ConfigError(`tokenizer: ${option} must be ${rule}, got ${String(value)}`, { option, value });
}

function lengthOf(option: 'maxLength' | 'padToMultipleOf', value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const isLength = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_LENGTH;
  return isLength ? value : refuse(option, 'a positive integer', value);
}

function sideOf(option: string, value: unknown, otherwise: 'left' | 'right'): 'left' | 'right' {
  if (value === undefined) return otherwise;
  return value === 'left' || value === 'right' ? value : refuse(option, "'left' or 'right'", value);
}

function paddingOf(options: BatchEncodeOptions, maxLength: number | undefined, side: string): PaddingPlan | undefined {
  const { padding = false } = options;
  if (padding === false || padding === 'do_not_pad') return undefined;
  if (padding !== true && padding !== 'longest' && padding !== 'max_length') {
    refuse('padding', "true, false, 'longest', 'max_length' or 'do_not_pad'", padding);
  }
  const isFixed = padding === 'max_length';
  if (isFixed && maxLength === undefined) {
    refuse('maxLength', "given for padding 'max_length' (this tokenizer has no modelMaxLength)", undefined);
  }
  const multipleOf = lengthOf('padToMultipleOf', options.padToMultipleOf) ?? 1;
  return { length: isFixed ? maxLength : undefined, multipleOf, left: side === 'left' };
}

/** How what truncation drops becomes rows; without truncation nothing does. */
function overflowOf(options: BatchEncodeOptions): { overflow: boolean; stride: number } {
  const { returnOverflowingTokens: overflow = false, stride = 0 } = options;
  if (typeof overflow !== 'boolean') refuse('returnOverflowingTokens', 'true or false', overflow);
  if (!Number.isInteger(stride) || stride < 0 || stride > MAX_LENGTH) refuse('stride', 'an integer from 0', stride);
  if (stride > 0 && !overflow) refuse('returnOverflowingTokens', 'true where there is a stride', overflow);
  return { overflow, stride };
}

/**
 * Checks the options of an encode call.
 * @throws {ConfigError} An option is unknown, mistyped or out of range.
 * @internal
 */
export function planEncoding(options: BatchEncodeOptions, defaults: EncodeDefaults): EncodePlan {
  checkOptionNames('tokenizer', options, OPTION_NAMES);
  const given = lengthOf('maxLength', options.maxLength);
  const maxLength = given ?? defaults.modelMaxLength;
  const padding = paddingOf(options, maxLength, sideOf('paddingSide', options.paddingSide, defaults.paddingSide));
  const wanted = options.truncation ?? (given !== undefined && padding === undefined);
  const truncation = TRUNCATIONS.get(wanted);
  if (truncation === undefined) refuse('truncation', 'a boolean or a Hugging Face strategy name', wanted);
  return {
    codec: {
      addSpecialTokens: options.addSpecialTokens ?? true,
      truncation: maxLength === undefined ? TRUNCATION.none : truncation,
      truncateLeft: sideOf('truncationSide', options.truncationSide, defaults.truncationSide) === 'left',
      maxLength: maxLength ?? 0,
      offsets: options.returnOffsetsMapping ?? false,
      specialMask: options.returnSpecialTokensMask ?? false,
      words: options.returnWordIds ?? false,
      ...overflowOf(options),
      language: defaults.language,
    },
    padding,
    tokenTypeIds: options.returnTokenTypeIds ?? defaults.tokenTypeIds,
    attentionMask: options.returnAttentionMask ?? true,
  };
}
