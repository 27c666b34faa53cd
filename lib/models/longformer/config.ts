import { z } from 'zod';
import { integer } from '../../util/fields.js';
import { encoderFields } from '../shared/encoder/bert_like.js';
import { type CommonConfig, ModelConfig, type OwnFields, type Spelling } from '../config.js';

const isWindow = (value: unknown): boolean =>
  Number.isInteger(value) && (value as number) > 0 && (value as number) <= 1 << 24 && (value as number) % 2 === 0;

const fields = {
  ...encoderFields,
  type_vocab_size: integer({ max: 1 << 16 }).default(2),
  // Positions are counted from it: there must be one.
  pad_token_id: integer({ min: 0 }).default(1),
  sep_token_id: integer({ min: 0 }).nullable().default(2),
  attention_window: z
    .custom<number | number[]>(
      (value) => (Array.isArray(value) ? value.every(isWindow) : isWindow(value)),
      'must be an even number of tokens, or one for each layer',
    )
    .default(512),
};

/** Fields of a {@link LongformerConfig}; all have Hugging Face's defaults. */
export type LongformerConfigFields = OwnFields<typeof fields> & CommonConfig;

// oxlint-disable-next-line no-unsafe-declaration-merging -- the constructor assigns every field of the interface
export interface LongformerConfig extends Required<OwnFields<typeof fields>> {}

/**
 * Sizes and rates of a Longformer model; `attentionWindow` counts the tokens to both sides.
 *
 * @example
 * ```ts
 * import { LongformerConfig } from 'gridstride';
 * const config = new LongformerConfig({ attentionWindow: 256, maxPositionEmbeddings: 4098 });
 * console.log(config.attentionWindow, config.sepTokenId); // 256 2
 * ```
 */
export class LongformerConfig extends ModelConfig {
  /** @throws ConfigError naming the field that is unknown or breaks its rule */
  constructor(values: LongformerConfigFields = {}, spelling: Spelling = 'camel') {
    super({ modelType: 'longformer', fields }, values, spelling);
  }
}
