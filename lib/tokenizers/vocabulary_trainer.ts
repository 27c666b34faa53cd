import { addon, type NativeTask } from '../native/addon.js';
import { nativeTask } from '../native/task.js';
import { checkOptionNames } from '../util/did_you_mean.js';
import { ConfigError, TokenizerError } from '../util/errors.js';
import type { BertNormalizer } from './parts/normalizer.js';
import type { Splitter } from './parts/splitter.js';

/** Options that trainers of every kind take. */
export interface VocabularyTrainerOptions {
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
  /** The special tokens, which take the first ids in this order. */
  specialTokens?: readonly string[] | undefined;
  /** Stored in the tokenizer; 512 by default. */
  modelMaxLength?: number | undefined;
  /** Ends the call with an AbortError. */
  signal?: AbortSignal | undefined;
}

/** What trainers of every kind are set to. @internal */
export type TrainerSettings = {
  [Name in Exclude<keyof VocabularyTrainerOptions, 'signal'>]-?: NonNullable<VocabularyTrainerOptions[Name]>;
};

/** How text becomes words to count, as native/napi/vocabulary_trainer.cc takes it. @internal */
export interface CountedWords extends BertNormalizer {
  split: Splitter;
  /** Whether words are bytes in GPT-2's alphabet. */
  bytes: boolean;
}

/** @internal */
export interface TrainedVocabulary {
  /** By id. */
  tokens: string[];
  /** Three ids each: two neighbours and what they become. */
  merges: Int32Array;
}

interface NativeTrainer {
  add(texts: readonly string[]): NativeTask<number>;
  train(options: Record<string, unknown>): NativeTask<TrainedVocabulary>;
}

const MAX_VOCAB_SIZE = 2 ** 20;
const MAX_NUMBER = 2 ** 31 - 1;
const CHUNK_CHARACTERS = 1 << 19;
const CHUNK_TEXTS = 1024;
const LEAST = { vocabSize: 1, minFrequency: 0, limitAlphabet: 0, maxTokenLength: 0, modelMaxLength: 1 };

/**
 * The options over the defaults, checked.
 *
 * @param roleCount How many special tokens have a role, and must be there.
 * @throws {ConfigError} An option is unknown or out of range.
 * @internal
 */
export function trainerSettings<Settings extends TrainerSettings>(
  where: string,
  options: object,
  defaults: Settings,
  roleCount: number,
): Settings {
  checkOptionNames(where, options, [...Object.keys(defaults), 'signal']);
  const given = Object.entries(options).filter(([name, value]) => value !== undefined && name !== 'signal');
  const settings = { ...defaults, ...(Object.fromEntries(given) as Partial<Settings>) };
  const refuse = (option: string, rule: string, value: unknown): never => {
    const got = Array.isArray(value) ? value.join(' ') : String(value);
    throw new ConfigError(`${where}: ${option} must ${rule}, got ${got}`, { option, value });
  };
  for (const [option, from] of Object.entries(LEAST)) {
    const value = settings[option as keyof typeof LEAST];
    const most = option === 'vocabSize' ? MAX_VOCAB_SIZE : MAX_NUMBER;
    const isInRange = Number.isInteger(value) && value >= from && value <= most;
    if (!isInRange) refuse(option, `be an integer from ${from} to ${most}`, value);
  }
  const { vocabSize, specialTokens } = settings;
  if (new Set(specialTokens).size !== specialTokens.length || specialTokens.length < roleCount) {
    refuse('specialTokens', `be ${roleCount} different tokens or more`, specialTokens);
  }
  if (vocabSize < specialTokens.length) {
    refuse('vocabSize', `hold the ${specialTokens.length} special tokens`, vocabSize);
  }
  return settings;
}

/** Feeds the texts in chunks: a data set need not be in memory as a whole. */
async function countWords(
  where: string,
  trainer: NativeTrainer,
  texts: Iterable<string> | AsyncIterable<string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  let chunk: string[] = [];
  let characters = 0;
  let index = 0;
  const flush = async (): Promise<void> => {
    const counted = nativeTask(where, signal, () => trainer.add(chunk));
    chunk = [];
    characters = 0;
    await counted;
  };
  for await (const text of texts) {
    if (typeof text !== 'string') {
      throw new TokenizerError(`${where}: texts must hold strings only, got ${typeof text} at index ${index}`, {
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

/**
 * Learns a vocabulary on a native thread.
 *
 * @param prefix Of pieces that do not begin a word.
 * @throws {TokenizerError} A text is no string.
 * @throws {AbortError} The signal fired.
 * @internal
 */
export async function trainVocabulary(
  where: string,
  texts: Iterable<string> | AsyncIterable<string>,
  words: CountedWords,
  settings: TrainerSettings & { prefix: string },
  signal: AbortSignal | undefined,
): Promise<TrainedVocabulary> {
  const { VocabularyTrainer } = addon() as unknown as { VocabularyTrainer: new (words: object) => NativeTrainer };
  const trainer = new VocabularyTrainer(words);
  await countWords(where, trainer, texts, signal);
  const { vocabSize, minFrequency, limitAlphabet, maxTokenLength, specialTokens, prefix } = settings;
  const initialAlphabet = settings.initialAlphabet.join('');
  return nativeTask(where, signal, () =>
    trainer.train({ vocabSize, minFrequency, limitAlphabet, maxTokenLength, specialTokens, prefix, initialAlphabet }),
  );
}
