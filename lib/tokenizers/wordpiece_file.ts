import type { AddedToken } from './added_token.js';
import type { CheckedValue } from './checked_file.js';
import { MAX_TOKEN_ID } from './checked_file.js';
import type { WordPieceDecoder } from './decode.js';
import { readTemplates } from './templates.js';

/** What the native encoder needs beside the vocabulary. @internal */
export interface WordPieceFile {
  /** Before every piece but a word's first. */
  prefix: string;
  unkId: number;
  /** In code points; a longer word is unknown. */
  maxCharsPerWord: number;
  cleanText: boolean;
  cjkSpacing: boolean;
  stripAccents: boolean;
  lowerCase: boolean;
  added: readonly AddedToken[];
  /** Parts of the template for one text: kind (special, first, second), type id, token id. */
  single: Int32Array;
  /** The same for a pair. */
  pair: Int32Array;
  decoder: WordPieceDecoder | null;
}

/** Of all tokens together: bounds the memory of the native tables to half a gigabyte. Real vocabularies have 2^21. */
const MAX_CHARACTERS = 2 ** 23;

type Normalizer = Pick<WordPieceFile, 'cleanText' | 'cjkSpacing' | 'stripAccents' | 'lowerCase'>;

const typeOf = (part: CheckedValue): unknown => (part.isAbsent ? null : part.get('type').value);

/** Is this a tokenizer.json that the native encoder takes? Anything else goes to the JavaScript one. @internal */
export function isNativeKind(root: CheckedValue): boolean {
  const normalizer = typeOf(root.get('normalizer'));
  const processor = typeOf(root.get('post_processor'));
  const decoder = typeOf(root.get('decoder'));
  return (
    root.get('model').get('type').value === 'WordPiece' &&
    (normalizer === null || normalizer === 'BertNormalizer') &&
    typeOf(root.get('pre_tokenizer')) === 'BertPreTokenizer' &&
    (processor === null || processor === 'TemplateProcessing' || processor === 'BertProcessing') &&
    (decoder === null || decoder === 'WordPiece')
  );
}

function readNormalizer(part: CheckedValue): Normalizer {
  if (part.isAbsent) return { cleanText: false, cjkSpacing: false, stripAccents: false, lowerCase: false };
  const flag = (name: string, otherwise: boolean): boolean => part.get(name).optional((v) => v.boolean(), otherwise);
  const lowerCase = flag('lowercase', true);
  return {
    cleanText: flag('clean_text', true),
    cjkSpacing: flag('handle_chinese_chars', true),
    stripAccents: flag('strip_accents', lowerCase),
    lowerCase,
  };
}

function readDecoder(part: CheckedValue): WordPieceDecoder | null {
  if (part.isAbsent) return null;
  return {
    prefix: part.get('prefix').optional((v) => v.string(), '##'),
    cleanup: part.get('cleanup').optional((v) => v.boolean(), true),
  };
}

/**
 * Reads the parts of a tokenizer.json of a native kind.
 *
 * @param vocabulary Its model's vocabulary, already checked.
 * @throws {TokenizerError} A part breaks its rule.
 * @internal
 */
export function readWordPieceFile(
  root: CheckedValue,
  vocabulary: ReadonlyMap<string, number>,
  added: readonly AddedToken[],
): WordPieceFile {
  const model = root.get('model');
  let characters = 0;
  for (const token of vocabulary.keys()) characters += token.length;
  if (characters > MAX_CHARACTERS) {
    model.get('vocab').fail(`must have at most ${MAX_CHARACTERS} characters in all, not ${characters}`);
  }
  const unkToken = model.get('unk_token').optional((v) => v.string(), '[UNK]');
  const unkId = vocabulary.get(unkToken) ?? added.find((token) => token.content === unkToken)?.id;
  if (unkId === undefined) return model.get('unk_token').fail('must be a token of the vocabulary');
  return {
    prefix: model.get('continuing_subword_prefix').optional((v) => v.string(), '##'),
    unkId,
    maxCharsPerWord: model.get('max_input_chars_per_word').optional((v) => v.integer(0, MAX_TOKEN_ID), 100),
    ...readNormalizer(root.get('normalizer')),
    added,
    ...readTemplates(root.get('post_processor')),
    decoder: readDecoder(root.get('decoder')),
  };
}
