import { ConfigError } from '../util/errors.js';
import { tokenizerOf } from './auto_tokenizer.js';
import { BYTE_BPE_ROLES, type ByteBpeFamily, byteBpeJson } from './byte_bpe_json.js';
import { CheckedValue } from './checked_file.js';
import { byteAlphabet } from './parts/byte_alphabet.js';
import { NO_NORMALIZER } from './parts/normalizer.js';
import { PLAIN_SPLITTER, SPLIT } from './parts/splitter.js';
import type { PreTrainedTokenizer } from './tokenizer.js';
import { configOf, type RoleTokens } from './tokenizer_config.js';
import {
  type TrainedVocabulary,
  trainerSettings,
  trainVocabulary,
  type VocabularyTrainerOptions,
} from './vocabulary_trainer.js';
import { specialToken } from './wordpiece_json.js';

/**
 * Options of {@link trainByteLevelBpe}. `specialTokens` are, for RobertaTokenizer, the begin, pad, end, unknown and mask
 * tokens first, in this order (`<s> <pad> </s> <unk> <mask>` by default), for GPT2Tokenizer the end of text first
 * (`<|endoftext|>`). `initialAlphabet` is in GPT-2's characters for bytes, all 256 by default, and `limitAlphabet` and
 * `maxTokenLength` count in them.
 */
export interface ByteLevelBpeTrainerOptions extends VocabularyTrainerOptions {
  /** What the tokenizer is made for: 'RobertaTokenizer', the default, or 'GPT2Tokenizer'. */
  tokenizerClass?: ByteBpeFamily | undefined;
  /** Treat a text's first word as those after a space; false by default. */
  addPrefixSpace?: boolean | undefined;
}

const DEFAULTS = {
  vocabSize: 30_000,
  minFrequency: 2,
  limitAlphabet: 1000,
  initialAlphabet: byteAlphabet,
  maxTokenLength: 0,
  specialTokens: ['<s>', '<pad>', '</s>', '<unk>', '<mask>'] as readonly string[],
  modelMaxLength: 512,
  tokenizerClass: 'RobertaTokenizer' as ByteBpeFamily,
  addPrefixSpace: false,
};

type Settings = typeof DEFAULTS;

function rolesOf({ tokenizerClass, specialTokens }: Settings): RoleTokens {
  const [first, pad, end, unk, mask] = specialTokens;
  if (tokenizerClass === 'GPT2Tokenizer') return { bos_token: first, eos_token: first, unk_token: first };
  const ends = { bos_token: first, eos_token: end, cls_token: first, sep_token: end };
  return { ...ends, pad_token: pad, unk_token: unk, mask_token: mask };
}

function makeTokenizer({ tokens, merges }: TrainedVocabulary, settings: Settings): Promise<PreTrainedTokenizer> {
  const { tokenizerClass, addPrefixSpace, modelMaxLength, specialTokens } = settings;
  const special = rolesOf(settings);
  const json = byteBpeJson({
    family: tokenizerClass,
    vocabulary: new Map(tokens.map((token, id) => [token, id])),
    merges: Array.from({ length: merges.length / 3 }, (_, i) => [tokens[merges[3 * i]!]!, tokens[merges[3 * i + 1]!]!]),
    special,
    addPrefixSpace,
    // As RoBERTa's own: the mask takes the space before it.
    added: specialTokens.map((token, id) => ({ ...specialToken(token, id), lstrip: token === special.mask_token })),
  });
  const config = configOf(
    new CheckedValue('tokenizer_config.json', '', {
      tokenizer_class: tokenizerClass,
      model_max_length: modelMaxLength,
      add_prefix_space: addPrefixSpace,
      ...special,
    }),
  );
  return tokenizerOf(new CheckedValue('tokenizer.json', '', json), config, {});
}

/**
 * Learns a byte-level BPE vocabulary from texts, on a native thread, and makes a RoBERTa or GPT-2 tokenizer of it: the most
 * frequent pair of neighbouring pieces is joined again and again (Hugging Face's BpeTrainer behind its ByteLevel
 * pre-tokenizer). Equal texts in any order give an equal vocabulary.
 *
 * @param texts Read once, in chunks.
 * @throws {ConfigError} An option is unknown or out of range.
 * @throws {TokenizerError} A text is no string.
 * @throws {AbortError} The signal fired.
 *
 * @example
 * ```ts
 * import { trainByteLevelBpe } from 'gridstride';
 * const tokenizer = await trainByteLevelBpe(['low lower lowest', 'new newer newest'], { vocabSize: 270, minFrequency: 1 });
 * const ids = tokenizer.encode('a lower café').inputIds;
 * console.log(tokenizer.decode(ids, { skipSpecialTokens: true })); // a lower café
 * ```
 */
export async function trainByteLevelBpe(
  texts: Iterable<string> | AsyncIterable<string>,
  options: ByteLevelBpeTrainerOptions = {},
): Promise<PreTrainedTokenizer> {
  const where = 'trainByteLevelBpe';
  const isGpt2 = options?.tokenizerClass === 'GPT2Tokenizer';
  const defaults = isGpt2 ? { ...DEFAULTS, specialTokens: [BYTE_BPE_ROLES.GPT2Tokenizer.eos_token!] } : DEFAULTS;
  const settings = trainerSettings(where, options, defaults, defaults.specialTokens.length);
  const families = Object.keys(BYTE_BPE_ROLES);
  if (!families.includes(settings.tokenizerClass)) {
    const value = settings.tokenizerClass;
    throw new ConfigError(`${where}: tokenizerClass must be one of ${families.join(', ')}, got ${value}`, {
      option: 'tokenizerClass',
      value,
    });
  }
  const split = { ...PLAIN_SPLITTER, kind: SPLIT.gpt2, prefix: settings.addPrefixSpace ? 0x20 : 0, byteLevel: true };
  const words = { ...NO_NORMALIZER, split, bytes: true };
  const trained = await trainVocabulary(where, texts, words, { ...settings, prefix: '' }, options.signal);
  return makeTokenizer(trained, settings);
}
