import { addon, type NativeTask } from '../native/addon.js';
import { nativeTask } from '../native/task.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError, TokenizerError } from '../util/errors.js';
import { tokenizerOf } from './auto_tokenizer.js';
import { CheckedValue } from './checked_file.js';
import type { PreTrainedTokenizer } from './tokenizer.js';
import { configOf } from './tokenizer_config.js';
import { specialToken, wordPieceJson } from './wordpiece_json.js';

/** Options of {@link trainWordPiece}. */
export interface WordPieceTrainerOptions {
  /** Most tokens, special ones and characters included; 30,000 by default. */
  vocabSize?: number | undefined;
  /** A pair of pieces met less often is not joined; 2 by default. */
  minFrequency?: number | undefined;
  /** Most single characters kept, the most frequent; 1,000 by default. */
  limitAlphabet?: number | undefined;
  /** Characters kept whether met or not. */
  initialAlphabet?: readonly string[] | undefined;
  /** Longest token in characters, without its prefix; no limit by default. */
  maxTokenLength?: number | undefined;
  /** The pad, unknown, class, separator and mask tokens first, in this order; BERT's by default. */
  specialTokens?: readonly string[] | undefined;
  /** '##' by default. */
  continuingSubwordPrefix?: string | undefined;
  /** True by default. */
  doLowerCase?: boolean | undefined;
  /** Null, the default: as lower case is. */
  stripAccents?: boolean | null | undefined;
  /** Space around CJK characters; true by default. */
  tokenizeChineseChars?: boolean | undefined;
  /** Stored in the tokenizer; 512 by default. */
  modelMaxLength?: number | undefined;
  /** Ends the call with an AbortError. */
  signal?: AbortSignal | undefined;
}

interface NativeTrainer {
  add(texts: readonly string[]): NativeTask<number>;
  train(options: Record<string, unknown>): NativeTask<string[]>;
}

const DEFAULTS = {
  vocabSize: 30_000,
  minFrequency: 2,
  limitAlphabet: 1000,
  initialAlphabet: [] as readonly string[],
  maxTokenLength: 0,
  specialTokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] as readonly string[],
  continuingSubwordPrefix: '##',
  doLowerCase: true,
  stripAccents: null as boolean | null,
  tokenizeChineseChars: true,
  modelMaxLength: 512,
};

type Settings = typeof DEFAULTS;

const MAX_VOCAB_SIZE = 2 ** 20;
const CHUNK_CHARACTERS = 1 << 19;
const CHUNK_TEXTS = 1024;
const ROLE_COUNT = 5;

function settingsOf(options: WordPieceTrainerOptions): Settings {
  checkOptionNames('trainWordPiece', options, [...Object.keys(DEFAULTS), 'signal']);
  const given = Object.entries(options).filter(([name, value]) => value !== undefined && name !== 'signal');
  const settings = { ...DEFAULTS, ...(Object.fromEntries(given) as Partial<Settings>) };
  const { vocabSize, specialTokens } = settings;
  const least = { vocabSize: 1, minFrequency: 0, limitAlphabet: 0, maxTokenLength: 0, modelMaxLength: 1 };
  for (const [option, from] of Object.entries(least)) {
    const value = settings[option as keyof typeof least];
    const isInRange = Number.isInteger(value) && value >= from && value <= 2 ** 31 - 1;
    if (isInRange && (option !== 'vocabSize' || value <= MAX_VOCAB_SIZE)) continue;
    const most = option === 'vocabSize' ? MAX_VOCAB_SIZE : 2 ** 31 - 1;
    throw new ConfigError(`trainWordPiece: ${option} must be an integer from ${from} to ${most}, got ${value}`, {
      option,
      value,
    });
  }
  if (new Set(specialTokens).size !== specialTokens.length || specialTokens.length < ROLE_COUNT) {
    throw new ConfigError(
      `trainWordPiece: specialTokens must be ${ROLE_COUNT} different tokens or more, got ${specialTokens.join(' ')}`,
      { option: 'specialTokens', value: specialTokens },
    );
  }
  if (vocabSize < specialTokens.length) {
    throw new ConfigError(
      `trainWordPiece: vocabSize must hold the ${specialTokens.length} special tokens, got ${vocabSize}`,
      { option: 'vocabSize', value: vocabSize },
    );
  }
  return settings;
}

/** Feeds the texts in chunks: a data set need not be in memory as a whole. */
async function countWords(
  trainer: NativeTrainer,
  texts: Iterable<string> | AsyncIterable<string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let chunk: string[] = [];
  let characters = 0;
  let index = 0;
  const flush = async (): Promise<void> => {
    const counted = nativeTask('trainWordPiece', signal, () => trainer.add(chunk));
    chunk = [];
    characters = 0;
    await counted;
  };
  for await (const text of texts) {
    if (typeof text !== 'string') {
      throw new TokenizerError(`trainWordPiece: texts must hold strings only, got ${typeof text} at index ${index}`, {
        index,
      });
    }
    index += 1;
    chunk.push(text);
    characters += text.length;
    if (characters >= CHUNK_CHARACTERS || chunk.length >= CHUNK_TEXTS) await flush();
  }
  await flush();
}

function makeTokenizer(tokens: readonly string[], settings: Settings): Promise<PreTrainedTokenizer> {
  const [padToken, unkToken, clsToken, sepToken, maskToken] = settings.specialTokens as [
    string,
    string,
    string,
    string,
    string,
  ];
  const { doLowerCase: lowerCase, stripAccents, tokenizeChineseChars, modelMaxLength } = settings;
  const json = wordPieceJson({
    vocabulary: new Map(tokens.map((token, id) => [token, id])),
    unkToken,
    clsToken,
    sepToken,
    prefix: settings.continuingSubwordPrefix,
    cleanText: true,
    tokenizeChineseChars,
    stripAccents,
    lowerCase,
    added: settings.specialTokens.map(specialToken),
  });
  const config = configOf(
    new CheckedValue('tokenizer_config.json', '', {
      tokenizer_class: 'BertTokenizer',
      model_max_length: modelMaxLength,
      do_lower_case: lowerCase,
      strip_accents: stripAccents,
      tokenize_chinese_chars: tokenizeChineseChars,
      pad_token: padToken,
      unk_token: unkToken,
      cls_token: clsToken,
      sep_token: sepToken,
      mask_token: maskToken,
    }),
  );
  return tokenizerOf(new CheckedValue('tokenizer.json', '', json), config, {});
}

/**
 * Learns a WordPiece vocabulary from texts, on a native thread, and makes a BERT tokenizer of it: the most frequent
 * pair of neighbouring pieces is joined again and again (Hugging Face's WordPieceTrainer). Equal texts in any order
 * give an equal vocabulary.
 *
 * @param texts Read once, in chunks.
 * @throws {ConfigError} An option is unknown or out of range.
 * @throws {TokenizerError} A text is no string.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { trainWordPiece } from 'gridstride';
 * const tokenizer = await trainWordPiece(['low lower lowest', 'new newer newest'], { vocabSize: 40, minFrequency: 1 });
 * console.log(tokenizer.vocabSize <= 40, tokenizer.tokenize('lower').length > 0); // true true
 * ```
 */
export async function trainWordPiece(
  texts: Iterable<string> | AsyncIterable<string>,
  options: WordPieceTrainerOptions = {},
): Promise<PreTrainedTokenizer> {
  const settings = settingsOf(options);
  const { WordPieceTrainer } = addon() as unknown as {
    WordPieceTrainer: new (normalizer: object) => NativeTrainer;
  };
  const { doLowerCase: lowerCase, stripAccents, tokenizeChineseChars: cjkSpacing } = settings;
  const trainer = new WordPieceTrainer({
    cleanText: true,
    cjkSpacing,
    lowerCase,
    stripAccents: stripAccents ?? lowerCase,
  });
  await countWords(trainer, texts, options.signal);
  const { vocabSize, minFrequency, limitAlphabet, maxTokenLength, specialTokens } = settings;
  const tokens = await nativeTask('trainWordPiece', options.signal, () =>
    trainer.train({
      vocabSize,
      minFrequency,
      limitAlphabet,
      maxTokenLength,
      specialTokens,
      prefix: settings.continuingSubwordPrefix,
      initialAlphabet: settings.initialAlphabet.join(''),
    }),
  );
  return makeTokenizer(tokens, settings);
}
