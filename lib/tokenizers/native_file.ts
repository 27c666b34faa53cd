import type { LoopPacer } from '../util/yield.js';
import type { CheckedValue } from './checked_file.js';
import type { AddedToken } from './parts/added_token.js';
import { type Decoder, readDecoder } from './parts/decoder.js';
import { type NativeModel, readModel } from './parts/model.js';
import { type Normalizer, readNormalizer } from './parts/normalizer.js';
import { readSplitter, SPLIT, type Splitter } from './parts/splitter.js';
import { type Processor, readProcessor } from './parts/templates.js';

/** What the native encoder needs beside the vocabulary. @internal */
export interface NativeFile extends Processor {
  normalizer: Normalizer;
  split: Splitter;
  model: NativeModel;
  added: readonly AddedToken[];
  decoder: Decoder;
  /** Whether >>...<< at the begin of a text is a token, as Marian has it. */
  languageCodes: boolean;
}

/** Of all tokens together: bounds the memory of the native tables to half a gigabyte. Real vocabularies have 2^21. */
const MAX_CHARACTERS = 2 ** 23;

/**
 * @throws {TokenizerError} The tokens are too many for the native tables.
 * @internal
 */
export function checkSize(vocab: CheckedValue, tokens: Iterable<string>): void {
  let characters = 0;
  for (const token of tokens) characters += token.length;
  if (characters > MAX_CHARACTERS)
    vocab.fail(`must have at most ${MAX_CHARACTERS} characters in all, not ${characters}`);
}

/** Where no space is left, a cut at spaces is none: what Gemma's files say. */
function withoutSpaces(split: Splitter, { steps }: Normalizer): Splitter {
  const last = steps.at(-1);
  const isGone = last?.type === 'Replace' && last.pattern === ' ' && !last.content.includes(' ');
  return split.kind === SPLIT.afterSpaces && isGone ? { ...split, kind: SPLIT.whole } : split;
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
  const cut = readSplitter(root.get('pre_tokenizer'));
  const split = cut && normalizer && withoutSpaces(cut, normalizer);
  const processor = readProcessor(root.get('post_processor'));
  const decoder = readDecoder(root.get('decoder'));
  if (!normalizer || !split || !processor || !decoder) return undefined;
  const model = await readModel(root.get('model'), tokens, split.byteLevel, pacer);
  if (model === undefined) return undefined;
  checkSize(root.get('model').get('vocab'), tokens.vocabulary.keys());
  return { ...processor, normalizer, split, model, added: tokens.added, decoder, languageCodes: false };
}
