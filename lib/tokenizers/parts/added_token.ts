import { type CheckedValue, MAX_TOKEN_ID } from '../checked_file.js';

/** A token found in the text itself: special tokens such as [MASK], and words added to a vocabulary. */
export interface AddedToken {
  content: string;
  id: number;
  /** Left out by `decode(ids, { skipSpecialTokens: true })`. */
  special: boolean;
  /** Not matched inside a word. */
  singleWord: boolean;
  /** Takes the white space before it. */
  lstrip: boolean;
  /** Takes the white space after it. */
  rstrip: boolean;
  /** Looked for in the normalised text. */
  normalized: boolean;
}

const MAX_ADDED_TOKENS = 200_000;

/**
 * One added token, in the form tokenizer.json and tokenizer_config.json share.
 * @throws {TokenizerError} A field breaks its rule.
 * @internal
 */
export function readAddedToken(entry: CheckedValue, id: number): AddedToken {
  const flag = (name: string, otherwise: boolean): boolean => entry.get(name).optional((v) => v.boolean(), otherwise);
  const special = flag('special', false);
  const content = entry.get('content').string();
  if (content === '') entry.get('content').fail('must not be empty');
  return {
    content,
    id,
    special,
    singleWord: flag('single_word', false),
    lstrip: flag('lstrip', false),
    rstrip: flag('rstrip', false),
    normalized: flag('normalized', !special),
  };
}

/**
 * The `added_tokens` of a tokenizer.json.
 * @throws {TokenizerError} A field breaks its rule, an id or a content is there twice, or an id is another token's.
 * @internal
 */
export function readAddedTokens(list: CheckedValue, vocabulary: ReadonlyMap<string, number>): AddedToken[] {
  if (list.isAbsent) return [];
  const contents = new Set<string>();
  const owners = new Map<number, string>();
  const tokens = list.items(MAX_ADDED_TOKENS).map((entry) => {
    const token = readAddedToken(entry, entry.get('id').integer(0, MAX_TOKEN_ID));
    if (contents.has(token.content)) entry.get('content').fail('must be there once');
    if (owners.has(token.id)) entry.get('id').fail('must be of one token');
    const known = vocabulary.get(token.content);
    if (known !== undefined && known !== token.id) entry.get('id').fail(`must be the vocabulary's, ${known}`);
    contents.add(token.content);
    owners.set(token.id, token.content);
    return token;
  });
  for (const [token, id] of vocabulary) {
    const owner = owners.get(id);
    if (owner !== undefined && owner !== token) list.fail(`must not give ${JSON.stringify(owner)} the id of another`);
  }
  return tokens;
}

/** The form of tokenizer.json. @internal */
export function writeAddedToken(token: AddedToken): Record<string, unknown> {
  const { id, content, singleWord, lstrip, rstrip, normalized, special } = token;
  return { id, content, single_word: singleWord, lstrip, rstrip, normalized, special };
}
