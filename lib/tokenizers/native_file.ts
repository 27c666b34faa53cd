import type { LoopPacer } from '../util/yield.js';
import type { CheckedValue } from './checked_file.js';
import type { AddedToken } from './parts/added_token.js';
import { type Decoder, readDecoder } from './parts/decoder.js';
import { type BpeModel, readModel, type WordPieceModel } from './parts/model.js';
import { type Normalizer, readNormalizer } from './parts/normalizer.js';
import { readSplitter, type Splitter } from './parts/splitter.js';
import { type Processor, readProcessor } from './parts/templates.js';

/** What the native encoder needs beside the vocabulary. @internal */
export interface NativeFile extends Processor {
  normalizer: Normalizer;
  split: Splitter;
  model: WordPieceModel | BpeModel;
  added: readonly AddedToken[];
  decoder: Decoder;
}

/** Of all tokens together: bounds the memory of the native tables to half a gigabyte. Real vocabularies have 2^21. */
const MAX_CHARACTERS = 2 ** 23;

function checkSize(vocab: CheckedValue, vocabulary: ReadonlyMap<string, number>): void {
  let characters = 0;
  for (const token of vocabulary.keys()) characters += token.length;
  if (characters > MAX_CHARACTERS)
    vocab.fail(`must have at most ${MAX_CHARACTERS} characters in all, not ${characters}`);
}

/**
 * Reads a tokenizer.json, or gives undefined when a part of it is not of a kind that the native encoder knows.
 *
 * @param tokens Its vocabulary and added tokens, already checked.
 * @throws {TokenizerError} A part breaks its rule.
 * @internal
 */
export async function readNativeFile(
  root: CheckedValue,
  tokens: { vocabulary: ReadonlyMap<string, number>; added: readonly AddedToken[] },
  pacer: LoopPacer,
): Promise<NativeFile | undefined> {
  const normalizer = readNormalizer(root.get('normalizer'));
  const split = readSplitter(root.get('pre_tokenizer'));
  const processor = readProcessor(root.get('post_processor'));
  const decoder = readDecoder(root.get('decoder'));
  if (!normalizer || !split || !processor || !decoder) return undefined;
  const model = await readModel(root.get('model'), tokens, split.byteLevel, pacer);
  if (model === undefined) return undefined;
  checkSize(root.get('model').get('vocab'), tokens.vocabulary);
  return { ...processor, normalizer, split, model, added: tokens.added, decoder };
}
