import { join } from 'node:path';
import { type AddedToken, readAddedToken } from './parts/added_token.js';
import { type ChatTemplates, readChatTemplates } from './chat/chat_template.js';
import { CheckedValue, MAX_TOKEN_ID, readJsonFile, readTextFile } from './checked_file.js';

/** The special tokens that have a role, by their names in Hugging Face's files. @internal */
export const ROLES = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;

/** @internal */
export type Role = (typeof ROLES)[number];

/** The token of each role. @internal */
export type RoleTokens = { [R in Role]?: string | undefined };

/** What tokenizer_config.json and special_tokens_map.json say, checked. @internal */
export interface TokenizerConfig {
  /** tokenizer_config.json as it was parsed. */
  json: Record<string, unknown>;
  tokenizerClass: string | undefined;
  /** Undefined where the file has none, or Python's "very large integer". */
  modelMaxLength: number | undefined;
  special: RoleTokens;
  /** The special tokens whose flags the files give. */
  specialFlags: readonly AddedToken[];
  /** The languages of a translation model's sides. */
  srcLang?: string | undefined;
  tgtLang?: string | undefined;
  /** For byte-level BPE. */
  addPrefixSpace: boolean | undefined;
  doLowerCase: boolean | undefined;
  /** Null: as lower case is. */
  stripAccents: boolean | null | undefined;
  tokenizeChineseChars: boolean | undefined;
  cleanUpSpaces: boolean;
  paddingSide: 'left' | 'right';
  truncationSide: 'left' | 'right';
  modelInputNames: readonly string[] | undefined;
  /** Of chats, by name. */
  chatTemplates: ChatTemplates;
  /** Of added_tokens_decoder, for folders without tokenizer.json. */
  added: AddedToken[];
}

/** @internal */
export const CHAT_TEMPLATE_FILE = 'chat_template.jinja';

const MAX_NAMES = 64;
const MAX_ADDED_TOKENS = 200_000;

/** A special token is a string, or an object with its content. */
function readSpecialToken(value: CheckedValue): string | undefined {
  if (value.isAbsent) return undefined;
  return typeof value.value === 'string' ? value.value : value.get('content').string();
}

function readSide(value: CheckedValue, otherwise: 'left' | 'right' = 'right'): 'left' | 'right' {
  if (value.isAbsent) return otherwise;
  return value.value === 'left' || value.value === 'right' ? value.value : value.fail('must be left or right');
}

/** Python writes 1e30 for "no limit". */
function readModelMaxLength(value: CheckedValue): number | undefined {
  if (value.isAbsent) return undefined;
  const length = value.value;
  if (typeof length !== 'number' || !(length > 0)) value.fail('must be a positive number');
  return length < 2 ** 31 ? Math.floor(length) : undefined;
}

function readAddedTokensDecoder(value: CheckedValue): AddedToken[] {
  if (value.isAbsent) return [];
  const names = Object.keys(value.object());
  if (names.length > MAX_ADDED_TOKENS) value.fail(`must have at most ${MAX_ADDED_TOKENS} tokens`);
  return names.map((name) => {
    const id = new CheckedValue(value.file, `${value.field}: id`, Number(name)).integer(0, MAX_TOKEN_ID);
    return readAddedToken(value.get(name), id);
  });
}

/**
 * Reads a folder's tokenizer_config.json and special_tokens_map.json; both may be absent.
 * @throws {TokenizerError} A field is mistyped or out of range.
 * @internal
 */
export async function readTokenizerConfig(folder: string): Promise<TokenizerConfig> {
  const empty = new CheckedValue('tokenizer_config.json', '', {});
  const config = (await readJsonFile(join(folder, 'tokenizer_config.json'))) ?? empty;
  const map = (await readJsonFile(join(folder, 'special_tokens_map.json'))) ?? empty;
  const read = configOf(config, map);
  const template = await readTextFile(join(folder, CHAT_TEMPLATE_FILE));
  if (template === undefined) return read;
  // As in Python: the file of its own wins.
  const chatTemplates = readChatTemplates(new CheckedValue(CHAT_TEMPLATE_FILE, '', template));
  return { ...read, json: { ...read.json, chat_template: template }, chatTemplates };
}

/**
 * Checks a parsed tokenizer_config.json.
 * @throws {TokenizerError} A field is mistyped or out of range.
 * @internal
 */
export function configOf(config: CheckedValue, map?: CheckedValue): TokenizerConfig {
  const special: RoleTokens = {};
  const specialFlags: AddedToken[] = [];
  for (const role of ROLES) {
    // The configuration wins, but flags may stand in the map alone.
    const given = [config.get(role), map?.get(role)].filter((value) => value !== undefined && !value.isAbsent);
    const token = given[0] && readSpecialToken(given[0]);
    if (token !== undefined) special[role] = token;
    const flags = given.find((value) => typeof value?.value === 'object');
    if (flags !== undefined && flags.get('content').value === token) {
      specialFlags.push({ ...readAddedToken(flags, 0), special: true });
    }
  }
  const flag = (name: string): boolean | undefined => config.get(name).optional((v) => v.boolean(), undefined);
  const text = (name: string): string | undefined => config.get(name).optional((v) => v.string(), undefined);
  const tokenizerClass = text('tokenizer_class');
  return {
    json: config.object(),
    tokenizerClass,
    srcLang: text('src_lang'),
    tgtLang: text('tgt_lang'),
    modelMaxLength: readModelMaxLength(config.get('model_max_length')),
    special,
    specialFlags,
    addPrefixSpace: flag('add_prefix_space'),
    doLowerCase: flag('do_lower_case'),
    stripAccents: config.get('strip_accents').value === null ? null : flag('strip_accents'),
    tokenizeChineseChars: flag('tokenize_chinese_chars'),
    cleanUpSpaces: flag('clean_up_tokenization_spaces') ?? false,
    paddingSide: readSide(config.get('padding_side'), tokenizerClass?.startsWith('Llama') === true ? 'left' : 'right'),
    truncationSide: readSide(config.get('truncation_side')),
    modelInputNames: config
      .get('model_input_names')
      .optional((v) => v.items(MAX_NAMES).map((name) => name.string()), undefined),
    chatTemplates: readChatTemplates(config.get('chat_template')),
    added: readAddedTokensDecoder(config.get('added_tokens_decoder')),
  };
}

/** The inputs of a class's models, where the files do not list them. @internal */
export function inputNamesOf(tokenizerClass: string): readonly string[] {
  const hasTypes = !/DistilBert|Roberta|GPT2|Bart|Llama|T5|Marian|XLM/i.test(tokenizerClass);
  return hasTypes ? ['input_ids', 'token_type_ids', 'attention_mask'] : ['input_ids', 'attention_mask'];
}
