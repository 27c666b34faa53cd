import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError, TokenizerError } from '../util/errors.js';
import { LoopPacer } from '../util/yield.js';
import { buildRow, buildRows, buildTypedRows, padIdsOf } from './build_rows.js';
import { Callable } from './callable.js';
import { CHAT_TEMPLATE_OPTIONS, type ChatMessage, type ChatTemplateOptions, renderChat } from './chat/chat_template.js';
import type { Codec } from './codec.js';
import { cleanUpSpaces } from './parts/decoder.js';
import { encodeChunks } from './encode_chunks.js';
import { type EncodePlan, planEncoding } from './encode_plan.js';
import type {
  BatchEncodeOptions,
  BatchEncoding,
  DecodeOptions,
  EncodeOptions,
  Encoding,
  TypedBatchEncoding,
} from './encoding.js';
import type { Languages } from './sentencepiece/languages.js';
import { saveTokenizer } from './save_tokenizer.js';
import { checkShortTexts, matchingTextsOf, textsOf } from './text_arguments.js';
import { TokenTable } from './token_table.js';
import { inputNamesOf, type RoleTokens, type TokenizerConfig } from './tokenizer_config.js';
import type { TokenizerFile } from './tokenizer_file.js';

/** Longest text that `encode` takes: about a quarter of a millisecond of the event loop. */
const MAX_SYNC_CHARACTERS = 20_000;

/** What {@link PreTrainedTokenizer} is made of. @internal */
export interface TokenizerParts {
  file: TokenizerFile;
  config: TokenizerConfig;
  codec: Codec;
  /** Of translation models whose other side is written in another way. */
  target?: { file: TokenizerFile; codec: Codec } | undefined;
  /** Of translation models that are told their languages. */
  languages?: Languages | undefined;
}

/**
 * A tokenizer: text to ids and back. Made by `AutoTokenizer.fromPretrained`, `trainWordPiece` or
 * `trainByteLevelBpe`; called like a
 * function it is {@link PreTrainedTokenizer.encodeBatch}.
 *
 * @example
 * ```ts
 * import { trainWordPiece } from 'gridstride';
 * const tokenizer = await trainWordPiece(['the cat sat', 'the mat'], { vocabSize: 60 });
 * const { inputIds } = await tokenizer(['the cat', 'a mat'], { padding: true });
 * console.log(inputIds.length, tokenizer.decode(inputIds[0]!, { skipSpecialTokens: true })); // 2 the cat
 * ```
 */
export class PreTrainedTokenizer extends Callable {
  readonly #parts: TokenizerParts;
  readonly #table: TokenTable;
  /** Of what a model gives out. */
  readonly #targetTable: TokenTable;
  /** The model's inputs that belong to the family, by Hugging Face's names. */
  readonly modelInputNames: readonly string[];
  /** Most tokens the model takes, or undefined where the files do not say. */
  modelMaxLength: number | undefined;
  /** Where padding goes by default. */
  paddingSide: 'left' | 'right';
  /** Which end truncation drops by default. */
  truncationSide: 'left' | 'right';

  /** @internal */
  constructor(parts: TokenizerParts) {
    super();
    this.#parts = parts;
    this.#table = new TokenTable(parts.file, parts.config.special);
    const hasOwn = parts.target !== undefined && parts.target.file.vocabulary !== parts.file.vocabulary;
    this.#targetTable = hasOwn ? new TokenTable(parts.target!.file, parts.config.special) : this.#table;
    this.modelInputNames = parts.config.modelInputNames ?? inputNamesOf(parts.config.tokenizerClass ?? '');
    this.modelMaxLength = parts.config.modelMaxLength;
    this.paddingSide = parts.config.paddingSide;
    this.truncationSide = parts.config.truncationSide;
  }

  /** Tokens of the model's own vocabulary, without added ones. */
  get vocabSize(): number {
    return this.#parts.file.vocabulary.size;
  }

  /** One more than the highest id: the rows an embedding needs. */
  get totalVocabSize(): number {
    return this.#parts.file.tokens.length;
  }

  /** The special tokens that have a role, by Hugging Face's names: `{ pad_token: '[PAD]', ... }`. */
  get specialTokensMap(): Readonly<RoleTokens> {
    return this.#parts.config.special;
  }

  get padToken(): string | undefined {
    return this.#parts.config.special.pad_token;
  }
  get padTokenId(): number | undefined {
    return this.#table.roleId('pad_token');
  }
  get unkTokenId(): number | undefined {
    return this.#table.roleId('unk_token');
  }
  get clsTokenId(): number | undefined {
    return this.#table.roleId('cls_token');
  }
  get sepTokenId(): number | undefined {
    return this.#table.roleId('sep_token');
  }
  get maskTokenId(): number | undefined {
    return this.#table.roleId('mask_token');
  }
  get bosTokenId(): number | undefined {
    return this.#table.roleId('bos_token');
  }
  get eosTokenId(): number | undefined {
    return this.#table.roleId('eos_token');
  }

  /** The language of texts, for models that are told it (mBART): `en_XX`. */
  get srcLang(): string | undefined {
    return this.#parts.languages?.source;
  }
  /** @throws {TokenizerError} The model does not know it. */
  set srcLang(language: string) {
    this.#languages('srcLang').source = language;
  }

  /** The language of targets; that of texts where it is not set. */
  get tgtLang(): string | undefined {
    return this.#parts.languages?.target;
  }
  /** @throws {TokenizerError} The model does not know it. */
  set tgtLang(language: string | undefined) {
    this.#languages('tgtLang').target = language;
  }

  /** The ids that `skipSpecialTokens` leaves out, ascending. */
  get allSpecialIds(): number[] {
    return [...this.#table.specialIds].sort((a, b) => a - b);
  }

  /** Whether the native encoder does the work, rather than the JavaScript one in a worker thread. */
  get isNative(): boolean {
    return this.#parts.file.native !== undefined;
  }

  /**
   * Encodes a batch off the JavaScript thread; a single string is a batch of one.
   *
   * @param texts B texts.
   * @returns B rows of ids, attention mask, token types (where the family has them) and what `options` asks for.
   * @throws {TokenizerError} A text is no string, the pairs do not match, or a truncation cannot be done.
   * @throws {ConfigError} An option is unknown or out of range.
   * @throws {AbortError} The signal fired.
   */
  encodeBatch(
    texts: string | readonly string[],
    options: BatchEncodeOptions & { typedArrays: true },
  ): Promise<TypedBatchEncoding>;
  encodeBatch(
    texts: string | readonly string[],
    options?: BatchEncodeOptions & { typedArrays?: false },
  ): Promise<BatchEncoding>;
  encodeBatch(
    texts: string | readonly string[],
    options?: BatchEncodeOptions,
  ): Promise<BatchEncoding | TypedBatchEncoding>;
  async encodeBatch(
    texts: string | readonly string[],
    options: BatchEncodeOptions = {},
  ): Promise<BatchEncoding | TypedBatchEncoding> {
    const plan = this.#plan(options);
    const rows = textsOf('texts', texts);
    const pairs = matchingTextsOf('textPair', options.textPair, rows);
    const targets = matchingTextsOf('textTarget', options.textTarget, rows);
    const encoded = await this.#rows(rows, pairs, plan, options);
    if (targets === undefined) return encoded;
    const target = this.#plan({ ...options, asTarget: true });
    const { inputIds: labels } = await this.#rows(targets, undefined, target, options);
    return { ...encoded, labels } as BatchEncoding | TypedBatchEncoding;
  }

  /**
   * Encodes one text of at most 20,000 characters on the caller's thread.
   *
   * @throws {TokenizerError} The text is longer (use `encodeBatch`), or a truncation cannot be done.
   * @throws {ConfigError} An option is unknown or out of range.
   */
  encode(text: string, options: EncodeOptions & { textPair?: string | undefined } = {}): Encoding {
    const plan = this.#plan(options);
    if (plan.codec.overflow) {
      throw new ConfigError('tokenizer: returnOverflowingTokens makes several rows (encodeBatch), got it for encode', {
        option: 'returnOverflowingTokens',
      });
    }
    const { textPair } = options;
    checkShortTexts(text, textPair, MAX_SYNC_CHARACTERS);
    const row = this.#codec(plan.asTarget).encodeSync(text, textPair, plan.codec);
    return buildRow(row, plan, padIdsOf(plan, this.padTokenId)) as unknown as Encoding;
  }

  /** Whether chats have a template. */
  get hasChatTemplate(): boolean {
    return Object.keys(this.#parts.config.chatTemplates).length > 0;
  }

  /**
   * The text of a chat by the tokenizer's template, or its ids: one row.
   *
   * @throws {TokenizerError} There is no template, it is malformed, or refuses the messages.
   *
   * @example
   * ```ts
   * import { trainWordPiece } from 'gridstride';
   * const tokenizer = await trainWordPiece(['hello you'], { vocabSize: 60, minFrequency: 1 });
   * const chatTemplate = '{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}';
   * const messages = [{ role: 'user', content: 'hello' }];
   * console.log(tokenizer.applyChatTemplate(messages, { chatTemplate, tokenize: false }).trim()); // user: hello
   * ```
   */
  applyChatTemplate(messages: readonly ChatMessage[], options: ChatTemplateOptions & { tokenize: false }): string;
  applyChatTemplate(
    messages: readonly ChatMessage[],
    options?: ChatTemplateOptions & { tokenize?: true },
  ): Promise<BatchEncoding>;
  applyChatTemplate(
    messages: readonly ChatMessage[],
    { tokenize = true, ...options }: ChatTemplateOptions & { tokenize?: boolean } = {},
  ): string | Promise<BatchEncoding> {
    const { chatTemplates, special } = this.#parts.config;
    checkOptionNames('tokenizer', options, CHAT_TEMPLATE_OPTIONS);
    const text = renderChat(chatTemplates, messages, special, options);
    // The template writes special tokens itself.
    return tokenize ? this.encodeBatch([text], { addSpecialTokens: false, truncation: false }) : text;
  }

  /** The tokens of a short text, without special ones. */
  tokenize(text: string): string[] {
    return this.convertIdsToTokens(this.encode(text, { addSpecialTokens: false }).inputIds);
  }

  /**
   * The text of ids; ids without a token are left out.
   * @param ids (S)
   */
  decode(ids: readonly number[] | Int32Array | BigInt64Array, options: DecodeOptions = {}): string {
    const pieces = this.#targetTable.tokensOf(ids, options.skipSpecialTokens ?? false);
    const text = this.#codec(this.#targetTable !== this.#table).decode(pieces);
    return (options.cleanUpTokenizationSpaces ?? this.#parts.config.cleanUpSpaces) ? cleanUpSpaces(text) : text;
  }

  /** {@link PreTrainedTokenizer.decode} of every row. */
  batchDecode(rows: Iterable<readonly number[] | Int32Array | BigInt64Array>, options: DecodeOptions = {}): string[] {
    return Array.from(rows, (ids) => this.decode(ids, options));
  }

  /**
   * The ids of tokens; those not in the vocabulary get the unknown token's.
   * @throws {TokenizerError} A token is unknown and there is no unknown token.
   */
  convertTokensToIds(tokens: string): number;
  convertTokensToIds(tokens: readonly string[]): number[];
  convertTokensToIds(tokens: string | readonly string[]): number | number[] {
    return typeof tokens === 'string' ? this.#table.idOf(tokens) : tokens.map((token) => this.#table.idOf(token));
  }

  /**
   * The tokens of ids.
   * @throws {DataError} An id has no token.
   */
  convertIdsToTokens(ids: number): string;
  convertIdsToTokens(ids: readonly number[] | Int32Array): string[];
  convertIdsToTokens(ids: number | readonly number[] | Int32Array): string | string[] {
    const table = this.#targetTable;
    return typeof ids === 'number' ? table.tokenOf(ids) : Array.from(ids, (id) => table.tokenOf(id));
  }

  /** Every token with its id, added ones included. */
  getVocab(): Map<string, number> {
    return this.#table.all();
  }

  /**
   * Writes tokenizer.json, tokenizer_config.json, special_tokens_map.json and, for WordPiece, vocab.txt, for
   * byte-level BPE vocab.json and merges.txt, as Python's transformers reads them; for Marian its SentencePiece models and
   * vocabularies in place of tokenizer.json. Each file is replaced whole or not at all.
   *
   * @param folder Made when absent.
   * @returns The paths written.
   * @throws {CheckpointError} The folder or a file cannot be written.
   */
  async savePretrained(folder: string): Promise<string[]> {
    const { modelMaxLength, paddingSide, truncationSide } = this;
    const { source: srcLang, target: tgtLang } = this.#parts.languages ?? {};
    return saveTokenizer(folder, this.#parts.file, {
      ...this.#parts.config,
      srcLang,
      tgtLang,
      modelMaxLength,
      paddingSide,
      truncationSide,
    });
  }

  /** Ends the worker thread of a tokenizer that is not native; encoding afterwards throws a DisposedError. */
  dispose(): void {
    this.#parts.codec.dispose();
    this.#parts.target?.codec.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }

  protected call_(texts: string | readonly string[], options?: BatchEncodeOptions): unknown {
    return this.encodeBatch(texts, options);
  }

  #codec(asTarget: boolean): Codec {
    return (asTarget ? this.#parts.target?.codec : undefined) ?? this.#parts.codec;
  }

  #languages(name: string): Languages {
    const { languages } = this.#parts;
    if (languages !== undefined) return languages;
    throw new TokenizerError(`tokenizer: ${name} must be left alone, got a tokenizer that is not told languages`, {
      name,
    });
  }

  async #rows(
    texts: readonly string[],
    pairs: readonly string[] | undefined,
    plan: EncodePlan,
    { signal, typedArrays = false }: BatchEncodeOptions,
  ): Promise<BatchEncoding | TypedBatchEncoding> {
    const pacer = new LoopPacer('tokenizer', { signal });
    const chunks = await encodeChunks(this.#codec(plan.asTarget), texts, pairs, plan.codec, signal);
    const build = typedArrays ? buildTypedRows : buildRows;
    return build(chunks, plan, padIdsOf(plan, this.padTokenId), pacer);
  }

  #plan(options: BatchEncodeOptions): EncodePlan {
    const { modelMaxLength, paddingSide, truncationSide } = this;
    const tokenTypeIds = this.modelInputNames.includes('token_type_ids');
    const languageOf = (asTarget: boolean): number => this.#parts.languages?.idOf(asTarget) ?? 0;
    return planEncoding(options, { modelMaxLength, paddingSide, truncationSide, tokenTypeIds, languageOf });
  }
}

/** Tokenizers are called like functions. */
export interface PreTrainedTokenizer {
  (texts: string | readonly string[], options: BatchEncodeOptions & { typedArrays: true }): Promise<TypedBatchEncoding>;
  (texts: string | readonly string[], options?: BatchEncodeOptions & { typedArrays?: false }): Promise<BatchEncoding>;
  (texts: string | readonly string[], options?: BatchEncodeOptions): Promise<BatchEncoding | TypedBatchEncoding>;
}
