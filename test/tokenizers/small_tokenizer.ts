import { tokenizerOf } from '../../lib/tokenizers/auto_tokenizer.js';
import { CheckedValue } from '../../lib/tokenizers/checked_file.js';
import type { PreTrainedTokenizer } from '../../lib/tokenizers/index.js';
import { configOf } from '../../lib/tokenizers/tokenizer_config.js';
import { specialToken, wordPieceJson } from '../../lib/tokenizers/wordpiece_json.js';

export const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];

/** The tokenizer.json of an uncased BERT tokenizer whose ids are the places in the list. */
export function smallJson(tokens: readonly string[], changes: Record<string, unknown> = {}): Record<string, unknown> {
  const json = wordPieceJson({
    vocabulary: new Map(tokens.map((token, id) => [token, id])),
    unkToken: '[UNK]',
    clsToken: '[CLS]',
    sepToken: '[SEP]',
    prefix: '##',
    cleanText: true,
    tokenizeChineseChars: true,
    stripAccents: null,
    lowerCase: true,
    added: SPECIAL.map(specialToken),
  });
  return { ...json, ...changes };
}

/** A tokenizer of such a file. */
export function smallTokenizer(
  json: Record<string, unknown>,
  config: Record<string, unknown> = {},
): Promise<PreTrainedTokenizer> {
  return tokenizerOf(
    new CheckedValue('tokenizer.json', '', json),
    configOf(new CheckedValue('tokenizer_config.json', '', config)),
    {},
  );
}
