import type { LoopPacer } from '../../util/yield.js';
import { CheckedValue, MAX_TOKEN_ID } from '../checked_file.js';
import type { AddedToken } from './added_token.js';
import { readUnigram, type UnigramModel } from './unigram.js';

/** What native/text/models/wordpiece.h takes. @internal */
export interface WordPieceModel {
  type: 'WordPiece';
  /** Before every piece but a word's first. */
  prefix: string;
  unkId: number;
  /** In code points; a longer word is unknown. */
  maxCharsPerWord: number;
}

/** What native/text/models/bpe.h takes. @internal */
export interface BpeModel {
  type: 'BPE';
  byteLevel: boolean;
  byteFallback: boolean;
  ignoreMerges: boolean;
  fuseUnk: boolean;
  /** Undefined: what has no token is left out. */
  unkId: number | undefined;
  /** By rank, three ids each: the two neighbours and what they become. */
  merges: Int32Array;
}

/** What native/text/models/wordlevel.h takes. @internal */
export interface WordLevelModel {
  type: 'WordLevel';
  /** Undefined: an unknown word is an error. */
  unkId: number | undefined;
}

/** @internal */
export type NativeModel = WordPieceModel | BpeModel | UnigramModel | WordLevelModel;

/** What a model's tokens are looked up in. */
interface Tokens {
  vocabulary: ReadonlyMap<string, number>;
  added: readonly AddedToken[];
}

const ENTRIES_PER_CHECK = 4096;

function idOf(token: CheckedValue, text: string, { vocabulary, added }: Tokens): number {
  const id = vocabulary.get(text) ?? added.find(({ content }) => content === text)?.id;
  return id ?? token.fail('must be a token of the vocabulary');
}

function readWordPiece(model: CheckedValue, tokens: Tokens): WordPieceModel {
  const unk = model.get('unk_token');
  return {
    type: 'WordPiece',
    prefix: model.get('continuing_subword_prefix').optional((v) => v.string(), '##'),
    unkId: idOf(
      unk,
      unk.optional((v) => v.string(), '[UNK]'),
      tokens,
    ),
    maxCharsPerWord: model.get('max_input_chars_per_word').optional((v) => v.integer(0, MAX_TOKEN_ID), 100),
  };
}

/** Merges as pairs, or as text with a space between the two. */
async function readMerges(list: CheckedValue, { vocabulary }: Tokens, pacer: LoopPacer): Promise<Int32Array> {
  const merges = list.value as (string | [string, string])[];
  const ids = new Int32Array(3 * merges.length);
  for (let i = 0; i < merges.length; i++) {
    const merge = merges[i]!;
    const pair = typeof merge === 'string' ? merge.split(' ') : merge;
    const at = (rule: string): never => new CheckedValue(list.file, `${list.field}[${i}]`, merge).fail(rule);
    if (pair.length !== 2) at('must be two tokens with a space between them');
    const [left, right] = pair as [string, string];
    for (const [k, token] of [left, right, left + right].entries()) {
      const id = vocabulary.get(token);
      ids[3 * i + k] = id ?? at(`must merge tokens of the vocabulary (${JSON.stringify(token.slice(0, 60))} is none)`);
    }
    if (i % ENTRIES_PER_CHECK === 0 && pacer.isDue()) await pacer.pause();
  }
  return ids;
}

async function readBpe(
  model: CheckedValue,
  tokens: Tokens,
  byteLevel: boolean,
  pacer: LoopPacer,
): Promise<BpeModel | undefined> {
  const flag = (name: string): boolean => model.get(name).optional((v) => v.boolean(), false);
  const isEmpty = (name: string): boolean => model.get(name).isAbsent || model.get(name).value === '';
  const isPlain = isEmpty('continuing_subword_prefix') && isEmpty('end_of_word_suffix');
  if (!isPlain || !(model.get('dropout').isAbsent || model.get('dropout').value === 0)) return undefined;
  const merges = model.get('merges');
  const unk = model.get('unk_token');
  return {
    type: 'BPE',
    byteLevel,
    byteFallback: flag('byte_fallback'),
    ignoreMerges: flag('ignore_merges'),
    fuseUnk: flag('fuse_unk'),
    unkId: unk.optional((v) => idOf(v, v.string(), tokens), undefined),
    merges: merges.isAbsent ? new Int32Array() : await readMerges(merges, tokens, pacer),
  };
}

/**
 * The model of a tokenizer.json, or undefined when the native encoder lacks it.
 *
 * @param tokens Its vocabulary and the added tokens, already checked, as is the form of merges.
 * @param byteLevel Whether words come as bytes in GPT-2's alphabet.
 * @throws {TokenizerError} A field breaks its rule.
 * @internal
 */
export async function readModel(
  model: CheckedValue,
  tokens: Tokens,
  byteLevel: boolean,
  pacer: LoopPacer,
): Promise<NativeModel | undefined> {
  const { vocabulary } = tokens;
  const isList = Array.isArray(model.get('vocab').value);
  switch (model.get('type').value) {
    case 'WordPiece':
      return byteLevel ? undefined : readWordPiece(model, tokens);
    case 'WordLevel': {
      const unk = model.get('unk_token').optional((v) => v.string(), '<unk>');
      return byteLevel ? undefined : { type: 'WordLevel', unkId: vocabulary.get(unk) };
    }
    case 'Unigram':
      return byteLevel || !isList ? undefined : readUnigram(model, vocabulary);
    case 'BPE':
      return readBpe(model, tokens, byteLevel, pacer);
    default:
      return undefined;
  }
}
