import { TokenizerError } from '../util/errors.js';
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

function readVocabulary(text: string): Map<string, number> {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const vocabulary = new Map<string, number>();
  for (const [id, line] of lines.entries()) {
    const token = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (vocabulary.has(token)) {
      throw new TokenizerError(
        `vocab.txt: line ${id + 1} must be a token of its own, got ${JSON.stringify(token)} again`,
        { file: 'vocab.txt', field: `line ${id + 1}` },
      );
    }
    vocabulary.set(token, id);
  }
  return vocabulary;
}

/**
 * The tokenizer.json that a vocab.txt and its configuration amount to.
 * @throws {TokenizerError} A token is there twice, or the unknown token is missing.
 * @internal
 */
export function tokenizerJsonOfVocab(text: string, config: TokenizerConfig): Record<string, unknown> {
  const vocabulary = readVocabulary(text);
  const special = bertSpecialTokens(config.special);
  const unkToken = special.unk_token!;
  if (!vocabulary.has(unkToken)) {
    throw new TokenizerError(`vocab.txt: the unknown token must be there, got no ${unkToken}`, {
      file: 'vocab.txt',
      field: 'unk_token',
    });
  }
  const contents = ROLES.map((role) => special[role]).filter((token) => token !== undefined);
  const known = [...new Set(contents)].flatMap((token) => {
    const id = vocabulary.get(token);
    return id === undefined ? [] : [specialToken(token, id)];
  });
  const extra = config.added.filter(({ content }) => !contents.includes(content));
  return wordPieceJson({
    vocabulary,
    unkToken,
    clsToken: special.cls_token!,
    sepToken: special.sep_token!,
    prefix: '##',
    cleanText: true,
    tokenizeChineseChars: config.tokenizeChineseChars ?? true,
    stripAccents: config.stripAccents ?? null,
    lowerCase: config.doLowerCase ?? true,
    added: [...known, ...extra],
  });
}
