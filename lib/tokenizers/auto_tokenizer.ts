import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Need, resolveSource } from '../hub/resolve.js';
import type { HubOptions } from '../hub/settings.js';
import { checkPath } from '../util/checked_path.js';
import { TokenizerError } from '../util/errors.js';
import { CheckedValue, readJsonFile, readTextFile } from './checked_file.js';
import { FallbackCodec } from './fallback/fallback_codec.js';
import { Languages } from './sentencepiece/languages.js';
import { NativeCodec } from './native_codec.js';
import { withLanguage } from './parts/templates.js';
import { FAMILIES } from './sentencepiece/families.js';
import { readSentencePieceFolder } from './sentencepiece/folder.js';
import { languagesOf } from './sentencepiece/language_codes.js';
import { type MarianFolder, readMarianFolder } from './sentencepiece/marian.js';
import { PreTrainedTokenizer } from './tokenizer.js';
import { CHAT_TEMPLATE_FILE, readTokenizerConfig, type RoleTokens, type TokenizerConfig } from './tokenizer_config.js';
import { readTokenizerFile, type TokenizerFile } from './tokenizer_file.js';
import { byteBpeFamily, byteBpeSpecialTokens, tokenizerJsonOfMerges } from './vocab_merges.js';
import { bertSpecialTokens, tokenizerJsonOfVocab } from './vocab_txt.js';

/** What {@link AutoTokenizer.fromPretrained} takes in place of what the files say; and how the hub is asked. */
export interface TokenizerOptions extends HubOptions {
  /** Stops a download. */
  signal?: AbortSignal | undefined;
  /** Most tokens the model takes. */
  modelMaxLength?: number | undefined;
  paddingSide?: 'left' | 'right' | undefined;
  truncationSide?: 'left' | 'right' | undefined;
  /** For BERT's normaliser. */
  doLowerCase?: boolean | undefined;
  /** For BERT's normaliser; null: as lower case is. */
  stripAccents?: boolean | null | undefined;
  /** For BERT's normaliser: space around CJK characters. */
  tokenizeChineseChars?: boolean | undefined;
  /** For byte-level BPE: treat a text's first word as those after a space. */
  addPrefixSpace?: boolean | undefined;
}

const TOKENIZER_FILE = 'tokenizer.json';
/** Read beside any other. */
const SETTINGS_FILES = ['tokenizer_config.json', 'special_tokens_map.json', CHAT_TEMPLATE_FILE];
/** Read where there is no {@link TOKENIZER_FILE}. */
const VOCABULARY_FILES = [
  ...['vocab.txt', 'vocab.json', 'merges.txt', 'source.spm', 'target.spm', 'target_vocab.json'],
  ...new Set(FAMILIES.map(({ file }) => file)),
];

/** The files of a tokenizer. @internal */
export const tokenizerNeed: Need = async (snapshot) => {
  if ((await snapshot.fetch([TOKENIZER_FILE, ...SETTINGS_FILES])).has(TOKENIZER_FILE)) return;
  const found = await snapshot.fetch(['config.json', ...VOCABULARY_FILES]);
  if (VOCABULARY_FILES.some((file) => found.has(file))) return;
  throw snapshot.lacks([TOKENIZER_FILE, ...SETTINGS_FILES].join(', '));
};

function definedOf<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}

/** Classes whose settings live in tokenizer.json alone. */
const GENERIC_CLASS = /^(PreTrainedTokenizer|TokenizersBackend)/;

/**
 * Python lets the settings of tokenizer_config.json win over the normaliser of tokenizer.json, for tokenizers of the
 * BERT family.
 */
function applyNormalizerSettings(root: CheckedValue, config: TokenizerConfig, options: TokenizerOptions): void {
  const normalizer = root.get('normalizer');
  if (normalizer.isAbsent || normalizer.get('type').value !== 'BertNormalizer') return;
  const isGeneric = GENERIC_CLASS.test(config.tokenizerClass ?? '');
  const settings = definedOf({
    lowercase: options.doLowerCase ?? (isGeneric ? undefined : config.doLowerCase),
    strip_accents: options.stripAccents === undefined && !isGeneric ? config.stripAccents : options.stripAccents,
    handle_chinese_chars: options.tokenizeChineseChars ?? (isGeneric ? undefined : config.tokenizeChineseChars),
  });
  Object.assign(normalizer.object(), settings);
}

/** The same for byte-level BPE, whose prefix RoBERTa's offsets know of too. */
function applyPrefixSetting(root: CheckedValue, config: TokenizerConfig, options: TokenizerOptions): void {
  const isGeneric = GENERIC_CLASS.test(config.tokenizerClass ?? '');
  const setting = options.addPrefixSpace ?? (isGeneric ? undefined : config.addPrefixSpace);
  if (setting === undefined) return;
  for (const [name, type] of [
    ['pre_tokenizer', 'ByteLevel'],
    ['post_processor', 'RobertaProcessing'],
  ] as const) {
    const part = root.get(name);
    if (!part.isAbsent && part.get('type').value === type) part.object()['add_prefix_space'] = setting;
  }
}

/** Roles that the configuration leaves open but the tokenizer's own file tells. */
function completeRoles(root: CheckedValue, file: TokenizerFile, config: TokenizerConfig): RoleTokens {
  const tell = (part: string, field: string): string | undefined => {
    const owner = root.get(part);
    const value = owner.isAbsent ? undefined : owner.get(field).value;
    return typeof value === 'string' ? value : undefined;
  };
  const told = definedOf({ unk_token: tell('model', 'unk_token'), pad_token: tell('padding', 'pad_token') });
  const special = { ...told, ...config.special };
  const { native, vocabulary } = file;
  const isByteBpe = native?.model.type === 'BPE' && native.model.byteLevel;
  if (native?.model.type !== 'WordPiece' && !isByteBpe) return special;
  const usual = isByteBpe
    ? byteBpeSpecialTokens(byteBpeFamily(config.tokenizerClass, vocabulary), special)
    : bertSpecialTokens(special);
  const known = Object.entries(usual).filter(
    ([, token]) =>
      token !== undefined && (file.vocabulary.has(token) || file.added.some(({ content }) => content === token)),
  );
  return Object.fromEntries(known);
}

/**
 * Makes a tokenizer from a checked configuration and a parsed tokenizer.json.
 * @throws {TokenizerError} The file breaks a rule.
 * @internal
 */
export async function tokenizerOf(
  root: CheckedValue,
  config: TokenizerConfig,
  options: TokenizerOptions,
): Promise<PreTrainedTokenizer> {
  applyNormalizerSettings(root, config, options);
  applyPrefixSetting(root, config, options);
  const file = await readTokenizerFile(root);
  const languages = languagesFor(file, config);
  const codec =
    file.native === undefined
      ? await FallbackCodec.load(file, config)
      : await NativeCodec.load(file.native, file.vocabulary);
  const special = completeRoles(root, file, config);
  return new PreTrainedTokenizer({ file, config: { ...withOptions(config, options), special }, codec, languages });
}

/** The configuration with the caller's settings. */
function withOptions(config: TokenizerConfig, options: TokenizerOptions): TokenizerConfig {
  const { modelMaxLength, paddingSide, truncationSide } = options;
  return { ...config, ...(definedOf({ modelMaxLength, paddingSide, truncationSide }) as Partial<TokenizerConfig>) };
}

/** Lets templates be told their language, for the classes that have one. */
function languagesFor(file: TokenizerFile, config: TokenizerConfig): Languages | undefined {
  const codes = languagesOf(config.tokenizerClass);
  if (codes === undefined || file.native === undefined) return undefined;
  const idOf = (code: string): number | undefined =>
    file.vocabulary.get(code) ?? file.added.find(({ content }) => content === code)?.id;
  const ids = new Map(codes.flatMap((code) => (idOf(code) === undefined ? [] : [[code, idOf(code)!] as const])));
  if (ids.size === 0) return undefined;
  file.native = { ...file.native, ...withLanguage(file.native, new Set(ids.values())) };
  return new Languages(ids, config.srcLang ?? 'en_XX', config.tgtLang);
}

/** A tokenizer of Marian's. */
async function marianTokenizer(folder: MarianFolder, options: TokenizerOptions): Promise<PreTrainedTokenizer> {
  const load = (file: TokenizerFile): Promise<NativeCodec> => NativeCodec.load(file.native!, file.entries!);
  const target = { file: folder.target, codec: await load(folder.target) };
  const config = withOptions(folder.config, options);
  return new PreTrainedTokenizer({ file: folder.source, config, codec: await load(folder.source), target });
}

async function readRoot(folder: string, config: TokenizerConfig): Promise<CheckedValue | undefined> {
  const json = await readJsonFile(join(folder, TOKENIZER_FILE));
  if (json !== undefined) return json;
  const vocab = await readTextFile(join(folder, 'vocab.txt'));
  if (vocab !== undefined) return new CheckedValue('vocab.txt', '', tokenizerJsonOfVocab(vocab, config));
  const merges = await readTextFile(join(folder, 'merges.txt'));
  const tokens = merges === undefined ? undefined : await readJsonFile(join(folder, 'vocab.json'));
  if (tokens !== undefined) {
    return new CheckedValue('vocab.json and merges.txt', '', await tokenizerJsonOfMerges(tokens, merges!, config));
  }
  return undefined;
}

/**
 * Loads tokenizers.
 *
 * @example
 * ```ts
 * import { AutoTokenizer, trainWordPiece } from 'gridstride';
 * await (await trainWordPiece(['one two', 'two three'], { vocabSize: 60 })).savePretrained('./my-tokenizer');
 * const tokenizer = await AutoTokenizer.fromPretrained('./my-tokenizer');
 * console.log(tokenizer.tokenize('two')); // [ 'two' ]
 * ```
 */
export class AutoTokenizer {
  /**
   * Loads a folder in Hugging Face's layout: tokenizer.json, or vocab.txt for BERT, or vocab.json and merges.txt for
   * RoBERTa and GPT-2, or a SentencePiece model (T5, ALBERT, XLM-RoBERTa, CamemBERT, mBART, DeBERTa v2, LLaMA; Marian's
   * source.spm, target.spm and vocab.json), with tokenizer_config.json and special_tokens_map.json where they are there. Truncation and padding stored in tokenizer.json give way to those of
   * each call, as in Python.
   *
   * @param source A folder of this machine, or a name on the hub: `org/name`.
   * @throws {TokenizerError} A file is missing, malformed or too large; the text names file and field.
   * @throws {HubError} The hub cannot be reached, or has no such tokenizer.
   */
  static async fromPretrained(source: string, options: TokenizerOptions = {}): Promise<PreTrainedTokenizer> {
    checkPath('tokenizer', 'the folder', source, TokenizerError);
    const folder = await resolveSource('tokenizer', source, tokenizerNeed, options);
    const found = await stat(folder).catch(() => undefined);
    if (!found?.isDirectory()) {
      throw new TokenizerError(`tokenizer: the folder must exist, got ${folder}`, { folder });
    }
    const config = await readTokenizerConfig(folder);
    const root = await readRoot(folder, config);
    if (root !== undefined) return tokenizerOf(root, config, options);
    const pieces = await readSentencePieceFolder(folder, config);
    if (pieces !== undefined) return tokenizerOf(pieces.root, pieces.config, options);
    const marian = await readMarianFolder(folder, config);
    if (marian !== undefined) return marianTokenizer(marian, options);
    const wanted = 'tokenizer.json, vocab.txt, vocab.json and merges.txt, or a SentencePiece model';
    throw new TokenizerError(`tokenizer: the folder must hold ${wanted}, got none in ${folder}`, { folder });
  }
}
