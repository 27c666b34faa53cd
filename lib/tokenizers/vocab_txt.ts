import { TokenizerError } from '../util/errors.js';
import type { AddedToken } from './parts/added_token.js';
import { specialToken, wordPieceJson } from './wordpiece_json.js';
import { type RoleTokens, ROLES, type TokenizerConfig } from './tokenizer_config.js';

const BERT_TOKENS: RoleTokens = {
  unk_token: '[UNK]',
  sep_token: '[SEP]',
  pad_token: '[PAD]',
  cls_token: '[CLS]',
  mask_token: '[MASK]',
};

/** The special tokens of a BERT tokenizer: those of the files, else the usual ones. @internal */
export function bertSpecialTokens(given: RoleTokens): RoleTokens {
  return { ...BERT_TOKENS, ...given };
}

interface Vocabulary {
  /** A token that is there twice has the later id, as in Python. */
  ids: Map<string, number>;
  /** The first id after those of the lines. */
  end: number;
}

function readVocabulary(text: string): Vocabulary {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const ids = new Map(lines.map((line, id) => [line.endsWith('\r') ? line.slice(0, -1) : line, id]));
  return { ids, end: lines.length };
}

/**
 * The tokens to look for in a text: those of added_tokens_decoder by their ids there, then the special ones by role. As
 * in Python (transformers 5.18), one that the vocabulary lacks gets the next id, whatever the decoder says. (Where a
 * line is there twice, Python gives it the id of another token; here it gets a free one.) Further ones come last.
 * @internal
 */
export function addedTokens(
  { ids, end }: Vocabulary,
  special: RoleTokens,
  { added: decoder, specialFlags }: Pick<TokenizerConfig, 'added' | 'specialFlags'>,
  further: readonly AddedToken[] = [],
): AddedToken[] {
  const byRole = ROLES.map((role) => special[role]).filter((token) => token !== undefined);
  const tokens = new Map<string, AddedToken>();
  for (const token of [...decoder].sort((a, b) => a.id - b.id)) tokens.set(token.content, token);
  for (const token of byRole) {
    tokens.set(token, specialFlags.find(({ content }) => content === token) ?? specialToken(token, 0));
  }
  for (const token of further) if (!tokens.has(token.content)) tokens.set(token.content, token);
  let next = end;
  return Array.from(tokens.values(), (token) => ({ ...token, id: ids.get(token.content) ?? next++ }));
}

/**
 * The tokenizer.json that a vocab.txt and its configuration amount to.
 * @throws {TokenizerError} The unknown token is missing.
 * @internal
 */
export function tokenizerJsonOfVocab(text: string, config: TokenizerConfig): Record<string, unknown> {
  const vocabulary = readVocabulary(text);
  const special = bertSpecialTokens(config.special);
  const unkToken = special.unk_token!;
  if (!vocabulary.ids.has(unkToken)) {
    throw new TokenizerError(`vocab.txt: the unknown token must be there, got no ${unkToken}`, {
      file: 'vocab.txt',
      field: 'unk_token',
    });
  }
  return wordPieceJson({
    vocabulary: vocabulary.ids,
    unkToken,
    clsToken: special.cls_token!,
    sepToken: special.sep_token!,
    prefix: '##',
    cleanText: true,
    tokenizeChineseChars: config.tokenizeChineseChars ?? true,
    stripAccents: config.stripAccents ?? null,
    lowerCase: config.doLowerCase ?? true,
    added: addedTokens(vocabulary, special, config),
  });
}
