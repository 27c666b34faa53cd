import { type AddedToken, writeAddedToken } from './parts/added_token.js';

/** What a WordPiece tokenizer.json is made from. @internal */
export interface WordPieceParts {
  vocabulary: ReadonlyMap<string, number>;
  unkToken: string;
  clsToken: string;
  sepToken: string;
  prefix: string;
  cleanText: boolean;
  tokenizeChineseChars: boolean;
  /** Null: as lower case is. */
  stripAccents: boolean | null;
  lowerCase: boolean;
  added: readonly AddedToken[];
}

/** A special token: found in the text as it stands. @internal */
export function specialToken(content: string, id: number): AddedToken {
  return { content, id, special: true, singleWord: false, lstrip: false, rstrip: false, normalized: false };
}

function bertProcessor(cls: string, sep: string, ids: ReadonlyMap<string, number>): Record<string, unknown> {
  const special = (id: string, type: number): object => ({ SpecialToken: { id, type_id: type } });
  const sequence = (id: string, type: number): object => ({ Sequence: { id, type_id: type } });
  const single = [special(cls, 0), sequence('A', 0), special(sep, 0)];
  const named = [cls, sep].map((token) => [token, { id: token, ids: [ids.get(token)], tokens: [token] }] as const);
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, sequence('B', 1), special(sep, 1)],
    special_tokens: Object.fromEntries(named),
  };
}

/**
 * The tokenizer.json of a BERT tokenizer, in Hugging Face's layout.
 * @internal
 */
export function wordPieceJson(parts: WordPieceParts): Record<string, unknown> {
  const { vocabulary, clsToken, sepToken } = parts;
  const ids = new Map([...vocabulary, ...parts.added.map(({ content, id }) => [content, id] as const)]);
  const hasEnds = ids.has(clsToken) && ids.has(sepToken);
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: parts.added.map(writeAddedToken),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: parts.cleanText,
      handle_chinese_chars: parts.tokenizeChineseChars,
      strip_accents: parts.stripAccents,
      lowercase: parts.lowerCase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: hasEnds ? bertProcessor(clsToken, sepToken, ids) : null,
    decoder: { type: 'WordPiece', prefix: parts.prefix, cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: parts.unkToken,
      continuing_subword_prefix: parts.prefix,
      max_input_chars_per_word: 100,
      // Own properties, whatever the token: a plain assignment would lose "__proto__".
      vocab: Object.fromEntries(vocabulary),
    },
  };
}
