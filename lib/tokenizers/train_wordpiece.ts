import { tokenizerOf } from './auto_tokenizer.js';
import { CheckedValue } from './checked_file.js';
import { PLAIN_SPLITTER, SPLIT } from './parts/splitter.js';
import type { PreTrainedTokenizer } from './tokenizer.js';
import { configOf } from './tokenizer_config.js';
import { trainerSettings, trainVocabulary, type VocabularyTrainerOptions } from './vocabulary_trainer.js';
import { specialToken, wordPieceJson } from './wordpiece_json.js';

/**
 * Options of {@link trainWordPiece}. `specialTokens` are the pad, unknown, class, separator and mask tokens first, in this
 * order; BERT's by default.
 */
export interface WordPieceTrainerOptions extends VocabularyTrainerOptions {
  /** '##' by default. */
  continuingSubwordPrefix?: string | undefined;
  /** True by default. */
  doLowerCase?: boolean | undefined;
  /** Null, the default: as lower case is. */
  stripAccents?: boolean | null | undefined;
  /** Space around CJK characters; true by default. */
  tokenizeChineseChars?: boolean | undefined;
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

function makeTokenizer(tokens: readonly string[], settings: typeof DEFAULTS): Promise<PreTrainedTokenizer> {
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
  const settings = trainerSettings('trainWordPiece', options, DEFAULTS, DEFAULTS.specialTokens.length);
  const { doLowerCase: lowerCase, stripAccents, tokenizeChineseChars: cjkSpacing } = settings;
  const words = {
    cleanText: true,
    cjkSpacing,
    lowerCase,
    stripAccents: stripAccents ?? lowerCase,
    split: { ...PLAIN_SPLITTER, kind: SPLIT.bert },
    bytes: false,
  };
  const trainer = { ...settings, prefix: settings.continuingSubwordPrefix };
  const { tokens } = await trainVocabulary('trainWordPiece', texts, words, trainer, options.signal);
  return makeTokenizer(tokens, settings);
}
