import { BYTE_BPE_ROLES, type ByteBpeFamily, byteBpeJson } from './byte_bpe_json.js';
import { CheckedValue } from './checked_file.js';
import type { RoleTokens, TokenizerConfig } from './tokenizer_config.js';
import { readVocabularyObject } from './tokenizer_file.js';
import { addedTokens } from './vocab_txt.js';

const FAMILIES: readonly (readonly [RegExp, ByteBpeFamily])[] = [
  [/Roberta|Longformer|Bart|LED/, 'RobertaTokenizer'],
  [/GPT2/, 'GPT2Tokenizer'],
];

/**
 * The family of a byte-level BPE tokenizer: its class says it, or, where there is none, the tokens in the vocabulary.
 * Undefined for classes of other kinds.
 * @internal
 */
export function byteBpeFamily(
  tokenizerClass: string | undefined,
  vocabulary: ReadonlyMap<string, number>,
): ByteBpeFamily | undefined {
  if (tokenizerClass !== undefined) return FAMILIES.find(([pattern]) => pattern.test(tokenizerClass))?.[1];
  return vocabulary.has('<s>') && vocabulary.has('</s>') ? 'RobertaTokenizer' : 'GPT2Tokenizer';
}

/** The special tokens of byte-level BPE by role: those of the files, else the family's usual ones. @internal */
export function byteBpeSpecialTokens(family: ByteBpeFamily | undefined, given: RoleTokens): RoleTokens {
  return family === undefined ? given : { ...BYTE_BPE_ROLES[family], ...given };
}

function readMerges(text: string): string[][] {
  const lines = text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  if (lines.at(-1) === '') lines.pop();
  const merges = lines.filter((line) => !line.startsWith('#version')).map((line) => line.split(' '));
  const wrong = merges.findIndex(({ length }) => length !== 2);
  if (wrong < 0) return merges;
  return new CheckedValue('merges.txt', `merge ${wrong}`, merges[wrong]!.join(' ')).fail('must be two tokens');
}

/**
 * The tokenizer.json that a vocab.json, a merges.txt and their configuration amount to, as Python's transformers (5.18)
 * builds it: RoBERTa's or GPT-2's.
 * @throws {TokenizerError} A file breaks a rule.
 * @internal
 */
export async function tokenizerJsonOfMerges(
  vocab: CheckedValue,
  merges: string,
  config: TokenizerConfig,
): Promise<Record<string, unknown>> {
  const vocabulary = await readVocabularyObject(vocab);
  const family = byteBpeFamily(config.tokenizerClass, vocabulary) ?? 'GPT2Tokenizer';
  const special = byteBpeSpecialTokens(family, config.special);
  return byteBpeJson({
    family,
    vocabulary,
    merges: readMerges(merges),
    special,
    addPrefixSpace: config.addPrefixSpace ?? false,
    added: addedTokens({ ids: vocabulary, end: vocabulary.size }, special, config),
  });
}
