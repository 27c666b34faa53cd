import { LoopPacer } from '../util/yield.js';
import { CheckedValue, MAX_TOKEN_ID } from './checked_file.js';
import { type NativeFile, readNativeFile } from './native_file.js';
import { type AddedToken, readAddedTokens } from './parts/added_token.js';
import { PART, type Templates } from './parts/templates.js';

/** A checked tokenizer.json. @internal */
export interface TokenizerFile {
  /** As it was parsed. */
  json: Record<string, unknown>;
  /** Of the model, without added tokens. */
  vocabulary: Map<string, number>;
  added: AddedToken[];
  /** Every token by id, added ones included; ids that no token has are holes. */
  tokens: string[];
  /** There when the native encoder takes this file. */
  native: NativeFile | undefined;
  /** What the native model is built from, where it is not the vocabulary. */
  entries?: ReadonlyMap<string, number>;
  /** What the tokenizer was loaded from, by name, where that is no tokenizer.json. */
  files?: ReadonlyMap<string, Uint8Array>;
}

const MAX_VOCABULARY = 2 ** 21;
const MAX_MERGES = 2 ** 22;
const ENTRIES_PER_CHECK = 4096;

/** What a token within a word begins with, as the file's model says; undefined where tokens do not say so. @internal */
export function subwordPrefixOf({ json }: Pick<TokenizerFile, 'json'>): string | undefined {
  const { type, continuing_subword_prefix: prefix } = (json['model'] ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof prefix === 'string') return prefix === '' ? undefined : prefix;
  return type === 'WordPiece' ? '##' : undefined;
}

/**
 * Token to id, as WordPiece, BPE and WordLevel have it.
 * @throws {TokenizerError} An id is out of range or there twice.
 * @internal
 */
export async function readVocabularyObject(
  vocab: CheckedValue,
  pacer = new LoopPacer(vocab.file),
): Promise<Map<string, number>> {
  const entries = vocab.object();
  const vocabulary = new Map<string, number>();
  const ids = new Set<number>();
  for (const token in entries) {
    const id = entries[token];
    const isId = typeof id === 'number' && Number.isInteger(id) && id >= 0 && id <= MAX_TOKEN_ID;
    if (!isId) vocab.get(token).fail(`must be an integer from 0 to ${MAX_TOKEN_ID}`);
    if (ids.has(id as number)) vocab.get(token).fail('must be an id of its own');
    ids.add(id as number);
    vocabulary.set(token, id as number);
    if (vocabulary.size > MAX_VOCABULARY) vocab.fail(`must have at most ${MAX_VOCABULARY} tokens`);
    if (vocabulary.size % ENTRIES_PER_CHECK === 0 && pacer.isDue()) await pacer.pause();
  }
  return vocabulary;
}

/** [token, score] by id, as Unigram has it. */
async function readVocabularyList(vocab: CheckedValue, pacer: LoopPacer): Promise<Map<string, number>> {
  const list = vocab.value as unknown[];
  if (list.length > MAX_VOCABULARY) vocab.fail(`must have at most ${MAX_VOCABULARY} tokens`);
  const vocabulary = new Map<string, number>();
  for (let id = 0; id < list.length; id++) {
    const entry = list[id];
    const isPair = Array.isArray(entry) && typeof entry[0] === 'string' && Number.isFinite(entry[1]);
    if (!isPair) new CheckedValue(vocab.file, `${vocab.field}[${id}]`, entry).fail('must be a token and its score');
    vocabulary.set((entry as [string, number])[0], id);
    if (id % ENTRIES_PER_CHECK === 0 && pacer.isDue()) await pacer.pause();
  }
  return vocabulary;
}

function checkMerges(merges: CheckedValue): void {
  if (merges.isAbsent) return;
  const list = merges.value;
  if (!Array.isArray(list)) merges.fail('must be an array');
  if (list.length > MAX_MERGES) merges.fail(`must have at most ${MAX_MERGES} items`);
  const isText = (value: unknown): boolean => typeof value === 'string';
  const wrong = list.findIndex(
    (merge: unknown) => !isText(merge) && !(Array.isArray(merge) && merge.length === 2 && merge.every(isText)),
  );
  if (wrong >= 0) new CheckedValue(merges.file, `${merges.field}[${wrong}]`, list[wrong]).fail('must be two tokens');
}

function checkTemplateIds(processor: CheckedValue, templates: Templates, tokens: readonly string[]): void {
  for (const template of [templates.single, templates.pair]) {
    for (let i = 0; i < template.length; i += 3) {
      const id = template[i + 2]!;
      if (template[i] === PART.special && tokens[id] === undefined) processor.fail(`must use known ids, not ${id}`);
    }
  }
}

/**
 * Checks a parsed tokenizer.json of any kind.
 *
 * @param root The whole file.
 * @throws {TokenizerError} A field is missing, mistyped or out of range; the text names file and field.
 * @internal
 */
export async function readTokenizerFile(root: CheckedValue): Promise<TokenizerFile> {
  const pacer = new LoopPacer(root.file);
  const model = root.get('model');
  model.object();
  model.get('type').optional((v) => v.string(), '');
  const vocab = model.get('vocab');
  const vocabulary = Array.isArray(vocab.value)
    ? await readVocabularyList(vocab, pacer)
    : await readVocabularyObject(vocab, pacer);
  if (vocabulary.size === 0) vocab.fail('must have tokens');
  checkMerges(model.get('merges'));
  for (const name of ['normalizer', 'pre_tokenizer', 'post_processor', 'decoder']) {
    root.get(name).optional((part) => part.get('type').string(), '');
  }
  const added = readAddedTokens(root.get('added_tokens'), vocabulary);
  const tokens: string[] = [];
  for (const [token, id] of vocabulary) tokens[id] = token;
  for (const { content, id } of added) tokens[id] = content;
  const native = await readNativeFile(root, { vocabulary, added }, pacer);
  if (native !== undefined) checkTemplateIds(root.get('post_processor'), native, tokens);
  return { json: root.object(), vocabulary, added, tokens, native };
}
