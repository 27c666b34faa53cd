import { type AddedToken, writeAddedToken } from './parts/added_token.js';
import type { RoleTokens } from './tokenizer_config.js';

/** The two layouts of byte-level BPE: RoBERTa's with ends around texts, GPT-2's without. @internal */
export type ByteBpeFamily = 'RobertaTokenizer' | 'GPT2Tokenizer';

/** The usual special tokens of each, by role. @internal */
export const BYTE_BPE_ROLES: Readonly<Record<ByteBpeFamily, RoleTokens>> = {
  RobertaTokenizer: {
    bos_token: '<s>',
    eos_token: '</s>',
    unk_token: '<unk>',
    sep_token: '</s>',
    pad_token: '<pad>',
    cls_token: '<s>',
    mask_token: '<mask>',
  },
  GPT2Tokenizer: { bos_token: '<|endoftext|>', eos_token: '<|endoftext|>', unk_token: '<|endoftext|>' },
};

/** What a byte-level BPE tokenizer.json is made from. @internal */
export interface ByteBpeParts {
  family: ByteBpeFamily;
  vocabulary: ReadonlyMap<string, number>;
  /** Pairs of tokens. */
  merges: readonly (readonly string[])[];
  special: RoleTokens;
  addPrefixSpace: boolean;
  added: readonly AddedToken[];
}

function processorOf({ family, special, addPrefixSpace, added }: ByteBpeParts): Record<string, unknown> | null {
  if (family === 'GPT2Tokenizer') return null;
  const end = (token: string | undefined): unknown => [token, added.find(({ content }) => content === token)?.id];
  const [sep, cls] = [end(special.sep_token), end(special.cls_token)];
  return { type: 'RobertaProcessing', sep, cls, trim_offsets: true, add_prefix_space: addPrefixSpace };
}

/**
 * The tokenizer.json of a byte-level BPE tokenizer, in Hugging Face's layout.
 * @internal
 */
export function byteBpeJson(parts: ByteBpeParts): Record<string, unknown> {
  const byteLevel = { type: 'ByteLevel', trim_offsets: true, use_regex: true };
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: parts.added.map(writeAddedToken),
    normalizer: null,
    pre_tokenizer: { ...byteLevel, add_prefix_space: parts.addPrefixSpace },
    post_processor: processorOf(parts),
    decoder: { ...byteLevel, add_prefix_space: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: '',
      end_of_word_suffix: '',
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      // Own properties, whatever the token: a plain assignment would lose "__proto__".
      vocab: Object.fromEntries(parts.vocabulary),
      merges: parts.merges,
    },
  };
}
