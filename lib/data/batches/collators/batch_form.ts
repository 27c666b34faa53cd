import type { PreTrainedTokenizer } from '../../../tokenizers/index.js';
import { checkOptionNames } from '../../../util/did_you_mean.js';
import { ConfigError } from '../../../util/errors.js';
import { DataCollatorWithPacking, DataCollatorWithPadding, type PaddingOptions } from '../collator.js';
import type { LabelKind } from '../labels.js';

/** How a collator's batches look. */
export interface BatchFormOptions {
  /** Says what to pad with, and on which side, where `padding` does not. */
  tokenizer?: PreTrainedTokenizer;
  /** False, the default: packed, without a padding token. True, or how: rows of one length, as models elsewhere take them. */
  padding?: boolean | Omit<PaddingOptions, 'labelKind'>;
}

/** @internal */
export const FORM_OPTIONS = ['tokenizer', 'padding'] as const;

/** Label that losses skip, as in PyTorch. @internal */
export const IGNORE_INDEX = -100;

/**
 * The collator that lays rows out.
 * @param where the class, for errors
 * @throws {ConfigError} An option is unknown or out of range.
 * @internal
 */
export function formOf(
  where: string,
  { tokenizer, padding = false }: BatchFormOptions,
  labelKind?: LabelKind,
): DataCollatorWithPacking | DataCollatorWithPadding {
  const kind = labelKind === undefined ? {} : { labelKind };
  if (padding === false) return new DataCollatorWithPacking(kind);
  const given = padding === true ? {} : padding;
  checkOptionNames(`${where}: padding`, given, ['padTokenId', 'paddingSide', 'maxLength', 'padToMultipleOf']);
  const padTokenId = given.padTokenId ?? tokenizer?.padTokenId;
  if (padTokenId === undefined && tokenizer !== undefined)
    throw new ConfigError(`${where}: padding needs a padTokenId, got a tokenizer without`);
  return new DataCollatorWithPadding({
    ...(tokenizer && { paddingSide: tokenizer.paddingSide }),
    ...given,
    ...(padTokenId !== undefined && { padTokenId }),
    ...kind,
  });
}
