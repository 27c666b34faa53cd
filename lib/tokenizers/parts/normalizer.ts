import type { CheckedValue } from '../checked_file.js';

/** What BERT's normaliser does, as native/text/normalizer.h takes it; without one, all are false. @internal */
export interface Normalizer {
  cleanText: boolean;
  cjkSpacing: boolean;
  stripAccents: boolean;
  lowerCase: boolean;
}

/** Text stays as it is. @internal */
export const NO_NORMALIZER: Normalizer = { cleanText: false, cjkSpacing: false, stripAccents: false, lowerCase: false };

/**
 * The normaliser of a tokenizer.json, or undefined when the native encoder lacks it.
 * @throws {TokenizerError} A field breaks its rule.
 * @internal
 */
export function readNormalizer(part: CheckedValue): Normalizer | undefined {
  if (part.isAbsent) return NO_NORMALIZER;
  if (part.get('type').value !== 'BertNormalizer') return undefined;
  const flag = (name: string, otherwise: boolean): boolean => part.get(name).optional((v) => v.boolean(), otherwise);
  const lowerCase = flag('lowercase', true);
  return {
    cleanText: flag('clean_text', true),
    cjkSpacing: flag('handle_chinese_chars', true),
    stripAccents: flag('strip_accents', lowerCase),
    lowerCase,
  };
}
